"""Practice: a virtual patient, a probe in the operator's own hand, hints that fade, a score, and a learning curve."""
