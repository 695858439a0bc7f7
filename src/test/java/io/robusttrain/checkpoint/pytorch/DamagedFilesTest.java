package io.robusttrain.checkpoint.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.robusttrain.checkpoint.tensors.CheckpointException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is done to a file, reading it ends in a result or a {@link CheckpointException}. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
@Tag("slow")
class DamagedFilesTest {
  private static final Refusals FILE = new Refusals("some.pth");

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"odd_tensors.pth", "training.pth", "protocol4.pth", "hostile.pth"})
  void aPickleCutShortAnywhereIsRefused(String name) throws IOException {
    byte[] pickle = PyTorchFiles.pickle(name);
    for (int length = 0; length < pickle.length; length++) {
      byte[] prefix = Arrays.copyOf(pickle, length);
      assertThatThrownBy(() -> PickleMachine.read(prefix, FILE))
          .as("%d bytes", length)
          .isInstanceOf(CheckpointException.class);
    }
  }

  @Test
  void aFileCutShortAnywhereIsRefused() throws IOException {
    byte[] whole = PyTorchFiles.bytes("only_average.pth");
    for (int length = 0; length < whole.length; length++) {
      Path file = Files.write(folder.resolve("cut.pth"), Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> PyTorchFiles.open(file))
          .as("%d bytes", length)
          .isInstanceOf(CheckpointException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"odd_tensors.pth", "training.pth", "protocol5.pth"})
  void aPickleWithAnotherByteGivesAResultOrARefusal(String name) throws IOException {
    byte[] pickle = PyTorchFiles.pickle(name);
    Random random = new Random(1);
    int refused = 0;
    for (int i = 0; i < 5_000; i++) {
      byte[] changed = pickle.clone();
      changed[random.nextInt(pickle.length)] = (byte) random.nextInt(256);
      Throwable failure =
          catchThrowable(
              () -> StateDict.find(PickleMachine.read(changed, FILE), Optional.empty(), FILE));
      if (failure != null) {
        assertThat(failure).isInstanceOf(CheckpointException.class);
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(500);
  }

  @Test
  void aFileWithAnotherByteGivesAResultOrARefusal() throws IOException {
    byte[] whole = PyTorchFiles.bytes("odd_tensors.pth");
    Random random = new Random(2);
    for (int i = 0; i < 1_000; i++) {
      byte[] changed = whole.clone();
      changed[random.nextInt(whole.length)] = (byte) random.nextInt(256);
      Path file = Files.write(folder.resolve("changed.pth"), changed);
      Throwable failure =
          catchThrowable(
              () -> {
                try (PyTorchFile open = PyTorchFiles.open(file)) {
                  PyTorchFiles.readAll(open);
                }
              });
      if (failure != null) {
        assertThat(failure).as("change %d", i).isInstanceOf(CheckpointException.class);
      }
    }
  }

  @Test
  void anotherByteInAnyStorageIsFoundByItsChecksum() throws IOException {
    byte[] changed = PyTorchFiles.bytes("odd_tensors.pth");
    int place = indexOf(changed, "data/1") + 6;
    // The data begins at the next multiple of 64 bytes.
    changed[(place / 64 + 1) * 64]++;
    Path file = Files.write(folder.resolve("flipped.pth"), changed);
    try (PyTorchFile open = PyTorchFiles.open(file)) {
      assertThat(open.floats("view")).startsWith(6);
      assertThatThrownBy(() -> open.floats("bf16"))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContainingAll("flipped.pth", "checksum", "data/1", "Copy or download");
    }
  }

  private static int indexOf(byte[] bytes, String word) {
    return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(word);
  }
}
