package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.app.prep.TinyTraining;
import io.robusttrain.train.RunComparison;
import io.robusttrain.waiting.Waiting;
import io.robusttrain.waiting.Waiting.Work;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run whose process is killed goes on, when its id is submitted again, as if it had not been. */
class ResumeIT {
  private static final int KILLED_BY_SIGKILL = 128 + 9;
  private static final int STEPS = 30;
  private static final int KILL_AFTER = 13;

  @TempDir private Path folder;

  @Test
  void aKilledRunEndsWithTheBytesOfAnUndisturbedOne() throws Exception {
    TinyTraining.withImages(folder);
    Path killed = folder.resolve("runs/killed");
    kill(killed);
    assertThat(steps(killed)).isBetween((long) KILL_AFTER, STEPS - 1L);
    assertThat(killed.resolve("best/model.safetensors")).exists();
    Launch again = Launch.of(folder, "local.sh", arguments("killed"));
    assertThat(again.code()).as(again.text()).isZero();
    Launch whole = Launch.of(folder, "local.sh", arguments("whole"));
    assertThat(whole.code()).as(whole.text()).isZero();
    Path undisturbed = folder.resolve("runs/whole");
    RunComparison.assertSame(killed, undisturbed);
    assertThat(killed.resolve("best/model.safetensors"))
        .hasSameBinaryContentAs(undisturbed.resolve("best/model.safetensors"));
    assertThat(again.remains()).isEmpty();
  }

  /** Starts a run and ends its process without a word, some steps after a checkpoint. */
  private void kill(Path run) throws Exception {
    Path log = folder.resolve("killed.log");
    ProcessBuilder builder = new ProcessBuilder(command("killed")).directory(folder.toFile());
    builder.environment().put("ROBUSTTRAIN_BUILD", "skip");
    builder.redirectErrorStream(true).redirectOutput(log.toFile());
    Process process = builder.start();
    try {
      Waiting.until(
          "step " + KILL_AFTER,
          Work.of(process, () -> Files.readString(log)),
          () -> steps(run) >= KILL_AFTER);
    } finally {
      List<ProcessHandle> family = process.descendants().toList();
      family.forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      // The next submission must not find one that is still ending.
      for (ProcessHandle member : family) {
        member.onExit().get(Waiting.LONGEST.toMinutes(), TimeUnit.MINUTES);
      }
    }
    assertThat(process.waitFor()).isEqualTo(KILLED_BY_SIGKILL);
  }

  private static long steps(Path run) throws IOException {
    Path metrics = run.resolve("metrics.jsonl");
    if (!Files.exists(metrics)) {
      return 0;
    }
    try (Stream<String> lines = Files.lines(metrics)) {
      return lines.filter(line -> line.startsWith("{\"kind\":\"step\"")).count();
    }
  }

  private List<String> command(String id) {
    List<String> command = new ArrayList<>(List.of("bash"));
    command.add(Path.of("spark-submit/local.sh").toAbsolutePath().toString());
    command.addAll(Arrays.asList(arguments(id)));
    return command;
  }

  private String[] arguments(String id) {
    return new String[] {
      "--cores",
      "1",
      "--driver-memory",
      "1g",
      "RobustTrain",
      "model.name=xcit_nano_12_p8_32",
      "model.img-size=32",
      "model.embed-dim=32",
      "model.depth=1",
      "model.num-heads=2",
      "train.epochs=6",
      "train.global-batch=16",
      "train.micro-batch=8",
      "lr-schedule.warmup-epochs=1",
      "lr-schedule.cooldown-epochs=0",
      "eps-schedule.type=constant",
      "model-ema.decay=0.8",
      "guard.probe.samples=32",
      "guard.probe.steps=2",
      "checkpoint.every-steps=3",
      "checkpoint.keep=99",
      "data.path=" + folder.resolve("data"),
      "run.dir=" + folder.resolve("runs"),
      "run.id=" + id
    };
  }
}
