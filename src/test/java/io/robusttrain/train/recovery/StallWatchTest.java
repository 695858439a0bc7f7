package io.robusttrain.train.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** How long nothing may move, by a clock that the test turns. */
class StallWatchTest {
  private final AtomicLong nanos = new AtomicLong();
  private final List<String> abandoned = new ArrayList<>();
  private final StallWatch watch = new StallWatch(Optional.empty(), 4, 1, nanos::get);

  @Test
  void aStepMayTakeTenTimesTheSlowestAndAMinuteAtLeast() {
    try (StallWatch.Watching steps = watch.steps(40, abandoned::add)) {
      pass(599);
      assertThat(watch.stall()).as("the first step has ten minutes").isEmpty();
      watch.stepDone(40);
      pass(2);
      watch.stepDone(41);
      pass(59);
      assertThat(watch.stall()).as("the first step counts, too").isEmpty();
      assertThat(watch.completedSteps()).isEqualTo(42);
      for (int i = 0; i < 50; i++) {
        watch.stepDone(42 + i);
        pass(1);
      }
      pass(59);
      assertThat(watch.stall()).isEmpty();
      pass(591);
      watch.stall().orElseThrow().end();
    }
    assertThat(abandoned).hasSize(1).first().asString().startsWith("step 93 did not end within");
    pass(10_000);
    assertThat(watch.stall()).as("nothing is watched any more").isEmpty();
  }

  @Test
  void theNextStepMayBeLargerByWhatItsAttackIsGuidedTo() {
    StallWatch guided = new StallWatch(Optional.empty(), 4, 10.2, nanos::get);
    try (StallWatch.Watching steps = guided.steps(0, abandoned::add)) {
      pass(10);
      guided.stepDone(0);
      pass(1020);
      assertThat(guided.stall()).isEmpty();
      pass(1);
      assertThat(guided.stall()).isPresent();
    }
  }

  @Test
  void aFixedTimeoutHoldsAfterTheFirstStep() {
    StallWatch fixed = new StallWatch(Optional.of(Duration.ofSeconds(5)), 4, 1, nanos::get);
    try (StallWatch.Watching steps = fixed.steps(0, abandoned::add)) {
      pass(500);
      assertThat(fixed.stall()).isEmpty();
      fixed.stepDone(0);
      pass(5);
      assertThat(fixed.stall()).isEmpty();
      pass(1);
      assertThat(fixed.stall()).isPresent();
    }
  }

  /** A validation is many steps' work, whatever one step may take. */
  @Test
  void aFixedTimeoutDoesNotBoundTasks() {
    StallWatch fixed = new StallWatch(Optional.of(Duration.ofSeconds(5)), 4, 1, nanos::get);
    try (StallWatch.Watching task = fixed.task("validation", abandoned::add)) {
      pass(40);
      task.succeeded();
    }
    try (StallWatch.Watching task = fixed.task("validation", abandoned::add)) {
      pass(400);
      assertThat(fixed.stall()).as("ten times as long as before").isEmpty();
      pass(1);
      assertThat(fixed.stall()).isPresent();
    }
    StallWatch patient = new StallWatch(Optional.of(Duration.ofHours(1)), 4, 1, nanos::get);
    try (StallWatch.Watching task = patient.task("validation", abandoned::add)) {
      pass(1);
      task.succeeded();
    }
    try (StallWatch.Watching task = patient.task("validation", abandoned::add)) {
      pass(3600);
      assertThat(patient.stall()).as("who is patient with steps is with tasks").isEmpty();
      pass(1);
      assertThat(patient.stall()).isPresent();
    }
  }

  /** A run that lost workers validates more slowly than it did: its steps say so. */
  @Test
  void aTaskMayTakeWhatItsWorkInStepsMayTake() {
    try (StallWatch.Watching task = watch.task("validation", abandoned::add)) {
      pass(100);
      task.succeeded();
    }
    try (StallWatch.Watching steps = watch.steps(0, abandoned::add)) {
      pass(40);
      watch.stepDone(0);
      try (StallWatch.Watching task = watch.task("validation", abandoned::add)) {
        pass(1500);
        assertThat(watch.stall()).as("ten times as long as four steps").isEmpty();
        pass(101);
        assertThat(watch.stall()).isPresent();
      }
    }
  }

  @Test
  void whatATaskTookThatFailedSaysNothingOfTheNext() {
    try (StallWatch.Watching task = watch.task("saving", abandoned::add)) {
      pass(2);
      task.succeeded();
    }
    try (StallWatch.Watching task = watch.task("saving", abandoned::add)) {
      pass(60_000);
    }
    try (StallWatch.Watching task = watch.task("saving", abandoned::add)) {
      pass(60);
      assertThat(watch.stall()).isEmpty();
      pass(1);
      assertThat(watch.stall())
          .as("ten times the longest that ended well, a minute at least")
          .isPresent();
    }
  }

  @Test
  void aValidationGetsTheRunFurtherUntilTheNextStep() {
    try (StallWatch.Watching steps = watch.steps(7, abandoned::add)) {
      watch.stepDone(7);
      watch.reached(new Progress(8, 30));
      assertThat(watch.progress()).isEqualTo(new Progress(8, 30));
    }
    try (StallWatch.Watching steps = watch.steps(8, abandoned::add)) {
      assertThat(watch.progress()).as("nothing is done again").isEqualTo(new Progress(8, 30));
      watch.stepDone(8);
      assertThat(watch.progress()).isEqualTo(new Progress(9, 0));
    }
    try (StallWatch.Watching steps = watch.steps(4, abandoned::add)) {
      assertThat(watch.progress()).as("the run went back").isEqualTo(new Progress(4, 0));
    }
  }

  @Test
  void stepsRestWhileTheDriverWorksAndItsTasksHaveTheirOwnTime() {
    try (StallWatch.Watching steps = watch.steps(0, abandoned::add)) {
      watch.stepDone(0);
      pass(1);
      watch.stepDone(1);
      try (StallWatch.Watching driver = watch.driver()) {
        pass(100_000);
        assertThat(watch.stall()).as("a driver that writes to a slow disk").isEmpty();
        for (int i = 0; i < 2; i++) {
          try (StallWatch.Watching task = watch.task("validation", abandoned::add)) {
            pass(20);
            task.succeeded();
          }
        }
        try (StallWatch.Watching task = watch.task("validation", abandoned::add)) {
          pass(200);
          assertThat(watch.stall()).isEmpty();
          pass(1);
          assertThat(watch.stall()).isPresent();
        }
        try (StallWatch.Watching task = watch.task("saving", abandoned::add)) {
          pass(600);
          assertThat(watch.stall()).as("a task that was never seen").isEmpty();
          pass(1);
          assertThat(watch.stall()).isPresent();
        }
      }
      pass(59);
      assertThat(watch.stall()).isEmpty();
    }
  }

  @Test
  void whatIsUnderWayCanBeGivenUp() {
    watch.abandon("nothing is under way");
    try (StallWatch.Watching steps = watch.steps(0, abandoned::add);
        StallWatch.Watching driver = watch.driver()) {
      watch.abandon("told to end");
    }
    assertThat(abandoned).containsExactly("told to end");
  }

  private void pass(long seconds) {
    nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
  }
}
