package io.robusttrain.train.resume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.checkpoint.Checkpoint;
import io.robusttrain.checkpoint.EpochSums;
import io.robusttrain.checkpoint.OptimizerSlices;
import io.robusttrain.checkpoint.RunProgress;
import io.robusttrain.checkpoint.SliceRange;
import io.robusttrain.report.Alarm;
import io.robusttrain.report.StepMetrics;
import io.robusttrain.train.RunComparison;
import io.robusttrain.train.StoppedException;
import io.robusttrain.train.TinyRun;
import io.robusttrain.train.recovery.RunControl;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run directory that was written before manifests had format version 2 goes on. */
@Tag("slow")
class FormerFormatTest {
  private static final Path WRITTEN = Path.of("src/test/resources/checkpoint/format-1");
  private static final String NEWEST = "epoch-0001-step-000000009";
  private static final int SIZE = 2758;

  @TempDir private static Path folder;

  @BeforeAll
  static void images() throws IOException {
    copy(WRITTEN.resolve("data"), folder.resolve("data"));
  }

  @Test
  void theStateIsReadExactly() throws IOException {
    copy(WRITTEN.resolve("runs/killed"), run().directory("read"));
    StartingPoint start = run().startingPoint("read");
    assertThat(start.name()).isEqualTo("checkpoint " + NEWEST);
    assertThat(start.firstStep()).isEqualTo(9);
    assertThat(start.endedEpochs()).isEqualTo(1);
    assertThat(start.isAtPause()).isFalse();
    assertThat(start.progress()).isEqualTo(new RunProgress(1, 1, 1));
    assertThat(start.epochSums()).isEqualTo(new EpochSums(0x1.ce8c11p2, 3, 278_594_481));
    assertThat(start.abandoned()).isEmpty();
    assertThat(sha256(start.weights())).isEqualTo("4169ad1fb8064587");
    Checkpoint checkpoint = start.checkpoint().orElseThrow();
    float[] momentum =
        OptimizerSlices.read(
                checkpoint.location(),
                checkpoint.sliceFiles(),
                List.of("momentum_buffer"),
                new SliceRange(0, 1, 0, SIZE, SIZE))
            .get("momentum_buffer");
    assertThat(sha256(momentum)).isEqualTo("3bf52db1dd4b3d2f");
  }

  @Test
  void theRunGoesOnAsOneWhoseStateWasWrittenAgain() throws IOException {
    copy(WRITTEN.resolve("runs/killed"), run().directory("at-once"));
    copy(WRITTEN.resolve("runs/killed"), run().directory("in-two"));
    run().train("at-once");
    RunControl control = new RunControl();
    assertThatThrownBy(
            () ->
                run()
                    .control(control)
                    .afterStep(
                        step -> {
                          if (step == 10) {
                            control.requestStop();
                          }
                        })
                    .train("in-two"))
        .isInstanceOf(StoppedException.class);
    assertThat(run().startingPoint("in-two").progress()).isEqualTo(new RunProgress(1, 1, 0));
    run().train("in-two");
    RunComparison.assertSame(run().directory("in-two"), run().directory("at-once"));

    assertThat(run().metrics("at-once").alarms())
        .extracting(Alarm::response)
        .startsWith(Alarm.Response.ROLLED_BACK, Alarm.Response.SKIPPED);
    List<StepMetrics> steps = run().metrics("at-once").steps();
    assertThat(steps).hasSize(15);
    // Half of the configured rate, for the run has gone back once.
    assertThat(steps.get(9).lr()).isEqualTo(0.01875125);
  }

  private static TinyRun run() {
    return TinyRun.of(
        folder,
        "checkpoint.every-steps=3",
        "checkpoint.keep=1",
        "model.name=resnet18_32",
        "model.embed-dim=auto",
        "model.depth=auto",
        "model.num-heads=auto",
        "model.drop-path=0",
        "model.args.layers=[1,1,1,1]",
        "model.args.channels=[1,1,1,1]",
        "model-ema.decay=0.8",
        "train.epochs=3",
        "train.global-batch=4",
        "train.micro-batch=2",
        "optim.type=sgd",
        "optim.lr=0.05",
        "guard.probe.samples=64",
        "guard.probe.steps=10",
        "guard.loss-spike.window=4",
        "guard.loss-spike.factor=3",
        "guard.loss-spike.action=rollback",
        "guard.max-skipped-steps=2",
        "validation.batch=10",
        "report.tensorboard=false");
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
  }

  /** Of the bits of the floats, in big-endian order. */
  private static String sha256(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES);
    bytes.asFloatBuffer().put(values);
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()))
          .substring(0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
