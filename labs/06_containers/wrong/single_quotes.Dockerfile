# Start: writes a list that is not JSON, so that Docker takes it as plain text.
#
# Rejected by: test_the_signal_reaches_the_server
USER 10001
EXPOSE 8000
ENTRYPOINT ['python', '-m', 'server', '--host', '0.0.0.0', '--models', '/models']
