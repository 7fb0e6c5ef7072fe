# Files: copies the content of the package, not the package.
#
# Rejected by: test_the_server_is_where_python_looks_for_it
COPY --from=packages /opt/venv /opt/venv
COPY server/models/clothes /models/clothes
COPY server .
