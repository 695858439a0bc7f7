package io.robusttrain.evaluate.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.waiting.Waiting;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class ModelSlotsTest {
  private final EvaluationJob job = job();

  @Test
  void whoeverClosesModelsReturnsWhenTheyAreClosed() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    ModelSlots.Access access =
        ModelSlots.access(
            job,
            () -> {
              begun.countDown();
              await(mayEnd);
              return new float[job.architecture().layout().size()];
            });
    Future<String> computation = Waiting.start(() -> access.compute(model -> "computed"));
    begun.await();
    Thread first = new Thread(() -> ModelSlots.close(job.session()));
    first.start();
    Waiting.until("first that waits", () -> first.getState() == Thread.State.TIMED_WAITING);
    Thread second = new Thread(() -> ModelSlots.close(job.session()));
    second.start();
    Waiting.until(
        "second that waits or has ended",
        () ->
            second.getState() == Thread.State.BLOCKED
                || second.getState() == Thread.State.TERMINATED);
    assertThat(second.isAlive()).as("the second one waits for the first").isTrue();
    mayEnd.countDown();
    assertThat(computation.get()).isEqualTo("computed");
    first.join();
    second.join();
  }

  @Test
  void theModelsOfFormerSessionsAreReleased() {
    EvaluationJob former = job();
    float[] weights = new float[job.architecture().layout().size()];
    ModelSlots.Access access = ModelSlots.access(former, () -> weights);
    access.compute(model -> "bound");
    long bound = NativeRuntime.liveHandles();
    ModelSlots.access(job, () -> weights);
    ModelSlots.closeOthers(former.session());
    assertThat(NativeRuntime.liveHandles()).as("of the session that stays").isEqualTo(bound);
    ModelSlots.closeOthers(job.session());
    assertThat(NativeRuntime.liveHandles()).isLessThan(bound);
  }

  private static EvaluationJob job() {
    return new EvaluationJob(
        UUID.randomUUID().toString(),
        "",
        architecture(),
        null,
        null,
        null,
        1,
        1,
        1,
        1,
        ComputeDevice.CPU);
  }

  private static Architecture architecture() {
    return ModelRegistry.create(
        "resnet18_32",
        ModelOptions.of(
            Map.of(
                "num_classes", 2,
                "layers", List.of(1, 1, 1, 1),
                "channels", List.of(4, 4, 4, 4))));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }
}
