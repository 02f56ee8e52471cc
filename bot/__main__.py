import sys

if sys.argv[1:2] == ["import"]:  # a million rows want the memory that the rest of the bot would take
    from bot.cli_import import main
else:
    from bot.cli import main

main()
