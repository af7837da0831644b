"""The local mesh: everything that DasiBom is made of, on one machine, kept running by supervisor."""
