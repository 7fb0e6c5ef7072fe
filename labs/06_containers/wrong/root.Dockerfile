# Start: says nothing about the user.
#
# Rejected by: test_nobody_in_it_is_root, test_the_user_is_a_number
EXPOSE 8000
ENTRYPOINT ["python", "-m", "server", "--host", "0.0.0.0", "--models", "/models"]
