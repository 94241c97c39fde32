"""`python -m civicsns` is the command `civicsns`."""

from civicsns.cli import main

if __name__ == "__main__":
    main()
