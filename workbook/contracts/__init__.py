"""Does a server keep what a cloud, or the Open Inference Protocol, asks of it: `workbook contract`, without an account.

Begin with ``catalog``, the four contracts, then ``checks``; each contract's own module has its checks, in the order in
which they are made. The command and tests import it; it asks over HTTP and imports the server only as one to compare.
"""
