# Start: writes the command as plain text: a shell is the first process.
#
# Rejected by: test_the_signal_reaches_the_server
USER 10001
EXPOSE 8000
ENTRYPOINT python -m server --host 0.0.0.0 --models /models
