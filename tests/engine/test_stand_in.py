"""The stand-in for TensorFlow: enough to be imported, refusing to be used, and out of the way of the real one."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
from tensorflow_stand_in import Finder, StandInUsed, is_needed

needs_no_tensorflow = pytest.mark.skipif(not is_needed(), reason="the real TensorFlow is installed")


@needs_no_tensorflow
def test_names_can_be_inherited_from_and_written_in_annotations() -> None:
    import tensorflow as tf
    from tensorflow.keras.layers import Layer

    class Mine(Layer):
        @tf.function
        def call(self, tensor: tf.Tensor) -> "tf.RaggedTensor | None":
            return None

    assert Mine.__mro__[1] is not object


@needs_no_tensorflow
def test_using_it_says_what_to_do() -> None:
    import tensorflow as tf

    with pytest.raises(StandInUsed, match=r"tensorflow\.constant.*install TensorFlow"):
        tf.constant(1)


@needs_no_tensorflow
def test_the_component_that_used_it_is_named() -> None:
    import tensorflow as tf

    class GraphComponent:
        pass

    class SomeClassifier(GraphComponent):
        def train(self) -> None:
            tf.keras.Model()

    with pytest.raises(StandInUsed, match="the component SomeClassifier uses"):
        SomeClassifier().train()


def test_below_a_real_package_a_missing_module_stays_missing() -> None:
    finder = Finder({"json.no_such_module"}, "hint")
    assert finder.find_spec("json.another") is None
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("json.another")


def test_a_real_tensorflow_comes_before_it(tmp_path: Path) -> None:
    (tmp_path / "tensorflow.py").write_text("REAL = True\n")
    code = "import tensorflow, tensorflow_stand_in as s; print(tensorflow.REAL, s.is_needed())"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
