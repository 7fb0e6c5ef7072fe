# Start: starts the development server of Flask.
#
# Rejected by: test_it_starts_the_server_on_its_models
USER 10001
EXPOSE 8000
ENTRYPOINT ["python", "-m", "flask", "--app", "server.api", "run", "--host", "0.0.0.0", "--port", "8000"]
