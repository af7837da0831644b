"""DasiBom for those who call it: generated stubs, `dasibom.client`, the `dasibom` command and the local mesh behind `dasibom up`."""
