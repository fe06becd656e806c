"""The virtual patient, and the network that is taught on it: data, training, evaluation, export."""
