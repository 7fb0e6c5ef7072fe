# Start: names the user, and Kubernetes cannot tell that it is not root.
#
# Rejected by: test_the_user_is_a_number
USER app
EXPOSE 8000
ENTRYPOINT ["python", "-m", "server", "--host", "0.0.0.0", "--models", "/models"]
