"""`python -m dasibom.command`."""

from dasibom.command.app import main

main()
