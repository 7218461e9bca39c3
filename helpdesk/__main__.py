"""Lets `python -m helpdesk` be the command `helpdesk`."""

from helpdesk.cli import main

if __name__ == "__main__":
    main()
