# The course with all it needs, for a JupyterHub and for grading. INSTRUCTORS.md says how to use it.
#   docker build -t minidl-course .
FROM python:3.12-slim
# g++: chapter 35 compiles its kernels for the CPU. bubblewrap: the wall around a student's process.
RUN apt-get update && apt-get install --yes --no-install-recommends make g++ bubblewrap git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 jovyan
WORKDIR /srv/minidl
COPY . .
RUN make .venv/.ready && .venv/bin/pip install --no-cache-dir "jupyterhub>=5,<6" \
    && chown --recursive jovyan .
USER jovyan
ENV PATH=/srv/minidl/.venv/bin:$PATH
EXPOSE 8888
# A hub starts it with jupyterhub-singleuser; by itself it opens the course.
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--LabApp.default_url=/lab/tree/notebooks/00-start-here.ipynb"]
