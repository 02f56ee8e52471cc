import sys


def main() -> None:
    if sys.argv[1:2] == ["import"]:  # a million rows want the memory that the rest of the bot would take
        from bot.cli_import import main as command
    else:
        from bot.cli import main as command
    command()


if __name__ == "__main__":
    main()
