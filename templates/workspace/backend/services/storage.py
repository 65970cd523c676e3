"""Keeps the bytes of images: in a folder, or in Azure Blob Storage."""

from pathlib import Path
from typing import Protocol

from backend.core.exceptions import NotFoundError
from backend.core.settings import StorageSettings


class Storage(Protocol):
    """Bytes under a relative path such as ``jobs/7/cat-1.svg``."""

    def write(self, path: str, data: bytes) -> None:
        """Stores the bytes, in place of what was there."""

    def read(self, path: str) -> bytes:
        """The bytes. Raises NotFoundError."""

    def delete(self, path: str) -> None:
        """Removes the bytes, if they are there."""


class LocalStorage:
    """A folder of this machine."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, path: str, data: bytes) -> None:
        """See Storage."""
        target = self._root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def read(self, path: str) -> bytes:
        """See Storage."""
        try:
            return (self._root / path).read_bytes()
        except FileNotFoundError as error:
            raise NotFoundError("the image is not in the storage") from error

    def delete(self, path: str) -> None:
        """See Storage."""
        (self._root / path).unlink(missing_ok=True)


class AzureStorage:
    """A container of Azure Blob Storage; needs ``uv sync --all-packages --extra azure``."""

    def __init__(self, connection: str, container: str, max_retries: int) -> None:
        from azure.storage.blob import BlobServiceClient

        service = BlobServiceClient.from_connection_string(connection, retry_total=max_retries)
        self._container = service.get_container_client(container)

    def write(self, path: str, data: bytes) -> None:
        """See Storage."""
        self._container.upload_blob(path, data, overwrite=True)

    def read(self, path: str) -> bytes:
        """See Storage."""
        from azure.core.exceptions import ResourceNotFoundError

        try:
            return self._container.download_blob(path).readall()
        except ResourceNotFoundError as error:
            raise NotFoundError("the image is not in the storage") from error

    def delete(self, path: str) -> None:
        """See Storage."""
        blob = self._container.get_blob_client(path)
        if blob.exists():
            blob.delete_blob()


def storage_for(settings: StorageSettings) -> Storage:
    """The storage that the settings choose."""
    if settings.provider == "azure" and settings.azure_connection_string:
        return AzureStorage(
            settings.azure_connection_string.get_secret_value(),
            settings.azure_container_name,
            settings.azure_max_retries,
        )
    return LocalStorage(settings.local_path)
