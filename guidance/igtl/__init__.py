"""OpenIGTLink: messages by pyigtl's codec, with sizes, checksums and sockets of our own. Needs the extra ``igtl``."""
