# Start: leaves the address as it is: the container's own 127.0.0.1.
#
# Rejected by: test_it_listens_on_all_addresses_inside
USER 10001
EXPOSE 8000
ENTRYPOINT ["python", "-m", "server", "--models", "/models"]
