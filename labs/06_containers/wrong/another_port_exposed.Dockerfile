# Start: tells whoever looks at the image a different port from the one on which the server listens.
#
# Rejected by: test_it_listens_on_all_addresses_inside
USER 10001
EXPOSE 5000
ENTRYPOINT ["python", "-m", "server", "--host", "0.0.0.0", "--models", "/models"]
