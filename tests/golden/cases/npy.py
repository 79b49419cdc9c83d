"""Files of NumPy's np.save, byte for byte, and what they hold."""
import io

import numpy
import torch


def file_of(array, version=None):
    out = io.BytesIO()
    numpy.lib.format.write_array(out, array, version) if version else numpy.save(out, array)
    return out.getvalue().hex()


def cases():
    random = numpy.random.default_rng(0)
    result = {}
    for descr in ["<f2", "<f4", "<f8", "<i4", "<i8", "|u1", "|b1"]:
        for shape in [(), (3,), (2, 3), (2, 1, 3), (0, 4)]:
            if descr[1] == "f":
                array = numpy.asarray(random.standard_normal(shape)).astype(descr)
            else:
                bound = 2 if descr == "|b1" else 100
                array = numpy.asarray(random.integers(0, bound, shape)).astype(descr)
            if descr[1] == "i":
                array = numpy.asarray(array - 50)
            values = torch.from_numpy(array.astype("f8" if descr[1] == "f" else "i8"))
            case = {"file": file_of(array), "values": values, "descr": descr}
            if len(shape) > 1 and array.size:
                case["fortran"] = file_of(numpy.asfortranarray(array))
            if shape == (2, 3):
                case |= {"version 2": file_of(array, (2, 0)), "version 3": file_of(array, (3, 0))}
            result[f"{descr} {list(shape)}"] = case
    result["<f4 [120]"] = {"file": file_of(numpy.arange(120, dtype="<f4")), "descr": "<f4",
                           "values": torch.arange(120, dtype=torch.float64)}
    result["big-endian"] = {"file": file_of(numpy.arange(3, dtype=">f4"))}
    result["structured"] = {"file": file_of(numpy.zeros(2, [("a", "<f4")]))}
    result["unsigned"] = {"file": file_of(numpy.arange(3, dtype="<u4"))}
    result["nine axes"] = {"file": file_of(numpy.zeros((1,) * 9, "<f4"))}
    return result
