"""An exam into Orthanc, a real archive, by both ways. Skipped where Orthanc is not installed (Debian: orthanc).

Promises:
- C-STORE and STOW-RS deliver the same study: two clips and the summary, with the pixels as they are in the exam;
- Orthanc's own list says so, and the commands are those of docs/hospital.md.
"""

from __future__ import annotations

import io
import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from commands import sonoguide
from reviewed_exam import keep_exam

pytest.importorskip("pynetdicom", reason="the extra pacs is not installed")
ORTHANC = shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin:/usr/local/sbin")
PLUGINS = [
    found
    for place in ("/usr/share/orthanc/plugins", "/usr/lib/orthanc/plugins")
    for found in Path(place).glob("libOrthancDicomWeb.so*")
]
pytestmark = pytest.mark.skipif(ORTHANC is None, reason="needs Orthanc (Debian: orthanc, orthanc-dicomweb)")


@dataclass
class Running:
    http: int
    dicom: int

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}{path}", timeout=60) as reply:
            return bytes(reply.read())

    def json(self, path: str) -> Any:
        return json.loads(self.get(path))


def free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        return one.getsockname()[1], two.getsockname()[1]


@pytest.fixture
def orthanc(tmp_path: Path) -> Iterator[Running]:
    http, dicom = free_ports()
    settings = {
        "StorageDirectory": str(tmp_path / "storage"),
        "IndexDirectory": str(tmp_path / "storage"),
        "HttpPort": http,
        "DicomPort": dicom,
        "DicomAet": "ORTHANC",
        "DicomCheckCalledAet": True,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "Plugins": [str(PLUGINS[0].resolve())] if PLUGINS else [],
    }
    (tmp_path / "orthanc.json").write_text(json.dumps(settings))
    with (tmp_path / "orthanc.log").open("wb") as log:
        process = subprocess.Popen(
            [str(ORTHANC), str(tmp_path / "orthanc.json")], stdout=log, stderr=subprocess.STDOUT
        )
        try:
            running = Running(http, dicom)
            deadline = time.monotonic() + 60
            while True:
                try:
                    running.get("/system")
                    break
                except OSError:
                    assert process.poll() is None, (tmp_path / "orthanc.log").read_text()
                    assert time.monotonic() < deadline
                    time.sleep(0.1)
            yield running
        finally:
            process.terminate()
            process.wait(60)


@pytest.mark.parametrize("way", ["dicom", "http"])
def test_an_exam_in_orthanc(way: str, orthanc: Running, tmp_path: Path) -> None:
    if way == "http" and not PLUGINS:
        pytest.skip("needs Orthanc's DICOMweb plug-in (Debian: orthanc-dicomweb)")
    exam = keep_exam(tmp_path / "exams")
    address = {
        "dicom": f"dicom://ORTHANC@127.0.0.1:{orthanc.dicom}",
        "http": f"http://127.0.0.1:{orthanc.http}/dicom-web",
    }[way]
    assert sonoguide("exam", "send", exam, "--to", address, "--spool", tmp_path / "spool") == 0
    (study,) = orthanc.json("/studies")
    kinds = sorted(one["MainDicomTags"]["Modality"] for one in orthanc.json(f"/studies/{study}/series"))
    assert kinds == ["SR", "US"]
    files = [
        pydicom.dcmread(io.BytesIO(orthanc.get(f"/instances/{one}/file")))
        for one in orthanc.json("/instances")
    ]
    assert len(files) == 3
    here = {
        str(ds.SOPInstanceUID): ds
        for ds in (pydicom.dcmread(path) for path in (exam / "clips").glob("*.dcm"))
    }
    clips = [ds for ds in files if ds.Modality == "US"]
    assert {str(ds.SOPInstanceUID) for ds in clips} == set(here)
    for ds in clips:
        assert np.array_equal(ds.pixel_array, here[str(ds.SOPInstanceUID)].pixel_array)
    (summary,) = [ds for ds in files if ds.Modality == "SR"]
    named = {
        one.ReferencedSOPInstanceUID
        for one in summary.CurrentRequestedProcedureEvidenceSequence[0]
        .ReferencedSeriesSequence[0]
        .ReferencedSOPSequence
    }
    assert named == set(here)
