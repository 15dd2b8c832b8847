"""What async transactions must hold to where no test framework is around.

Django's test set-up changes how a block begins (it may join the transaction of the test), so these
cases run in a process of their own, one for each way of connecting: `python -m … < configuration`.
`test_standalone.py` starts it and gives every case a test of its own.
"""
