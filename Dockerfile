FROM python:3.11-slim AS packages
WORKDIR /app
RUN pip install --no-cache-dir uv==0.13.9
COPY pyproject.toml uv.lock .python-version ./
RUN UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 uv sync --frozen --no-dev --no-install-project

FROM python:3.11-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        tesseract-ocr tesseract-ocr-deu tesseract-ocr-spa tesseract-ocr-fra tesseract-ocr-por tesseract-ocr-rus \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 steward
WORKDIR /app
COPY --from=packages /app/.venv .venv
COPY . .
# The key file and, where no server is named, the embedded databases. Mount a volume here.
RUN install -d -o steward -g steward -m 700 state
USER steward
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1
VOLUME /app/state
EXPOSE 8080
STOPSIGNAL SIGTERM
CMD ["python", "-m", "steward", "run"]
