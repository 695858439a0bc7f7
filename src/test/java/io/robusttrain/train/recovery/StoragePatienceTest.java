package io.robusttrain.train.recovery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.data.DataException;
import io.robusttrain.engine.EngineOutage;
import io.robusttrain.engine.WorkerFailure;
import io.robusttrain.storage.RunLeaseException;
import io.robusttrain.storage.StorageAwayException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StoragePatienceTest {
  private long seconds;
  private boolean hurried;
  private final List<String> told = new ArrayList<>();
  private final StoragePatience.Time time =
      new StoragePatience.Time() {
        @Override
        public long nanos() {
          return Duration.ofSeconds(seconds).toNanos();
        }

        @Override
        public void pause(Duration pause) {
          seconds += pause.toSeconds();
        }
      };

  private StoragePatience patience(Duration longest) {
    return new StoragePatience(longest, time, () -> hurried);
  }

  /** Answers from a second on. */
  private String answerFrom(long second) throws IOException {
    if (seconds < second) {
      throw new ConnectException("refused at " + seconds);
    }
    return "answer at " + seconds;
  }

  @Test
  void whatIsAwayIsTriedAgainEveryTenSecondsUntilItAnswers() throws IOException {
    StoragePatience patience = patience(Duration.ofMinutes(1));
    String answer = patience.call(() -> answerFrom(25), away -> told.add(away.getMessage()));
    assertThat(answer).isEqualTo("answer at 30");
    assertThat(told).containsExactly("refused at 0", "refused at 10", "refused at 20");
    assertThat(patience.isAway()).as("until somebody says so").isTrue();
    assertThat(patience.ends()).isEqualTo(Duration.ofSeconds(30));
    assertThat(patience.isAway()).isFalse();
  }

  @Test
  void anOutageEndsWithItsTimeWhoeverWaits() throws IOException {
    StoragePatience patience = patience(Duration.ofMinutes(1));
    assertThat(patience.begins(new ConnectException("refused"))).isTrue();
    assertThat(patience.begins(new ConnectException("again"))).as("no news").isFalse();
    seconds = 45;
    patience.requireTime();
    assertThatThrownBy(() -> patience.call(() -> answerFrom(500), away -> {}))
        .isInstanceOf(StorageAwayException.class)
        .hasMessage(
            "the storage of the run cannot be reached for 65 s (refused at 65), and"
                + " recovery.storage-timeout is 60 s: bring it back, and submit the run id again to"
                + " go on from its newest checkpoint");
    assertThatThrownBy(patience::requireTime)
        .isInstanceOf(StorageAwayException.class)
        .hasMessageStartingWith("the storage of the run cannot be reached for 65 s, and ");
  }

  @Test
  void withoutTimeTheFirstFailureIsTheLast() {
    assertThatThrownBy(() -> patience(Duration.ZERO).call(() -> answerFrom(1), away -> {}))
        .isInstanceOf(StorageAwayException.class)
        .hasMessageContaining("for 0 s (refused at 0)");
    assertThat(seconds).isZero();
  }

  @Test
  void aRunInAHurryDoesNotWait() {
    hurried = true;
    assertThatThrownBy(
            () -> patience(Duration.ofHours(1)).call(() -> answerFrom(1), away -> told.add("")))
        .isInstanceOf(ConnectException.class)
        .hasMessage("refused at 0");
    assertThat(told).isEmpty();
  }

  @Test
  void whatIsNoOutageIsNotWaitedFor() {
    StoragePatience patience = patience(Duration.ofHours(1));
    IOException full = new IOException("No space left on device");
    assertThat(patience.begins(full)).isFalse();
    assertThatThrownBy(
            () ->
                patience.call(
                    () -> {
                      throw full;
                    },
                    away -> told.add("")))
        .isSameAs(full);
    assertThat(told).isEmpty();
    assertThat(seconds).isZero();
  }

  /** What reads a checkpoint or the data says that they are wrong. */
  @Test
  void anOutageIsFoundBehindWhatStandsForIt() throws IOException {
    ByteArrayOutputStream screen = new ByteArrayOutputStream();
    StoragePatience patience = patience(Duration.ofMinutes(1));
    List<RuntimeException> failures =
        new ArrayList<>(
            List.of(
                new UncheckedIOException("no checkpoint", new ConnectException("refused")),
                new DataException("no images", new SocketTimeoutException("60 s")),
                new IllegalStateException("no weights (Name node is in safe mode)")));
    String answer =
        patience.begin(
            () -> {
              if (!failures.isEmpty()) {
                throw failures.remove(0);
              }
              return "answer at " + seconds;
            },
            new PrintStream(screen, true, UTF_8));
    assertThat(answer).isEqualTo("answer at 30");
    assertThat(screen.toString(UTF_8).lines())
        .containsExactly(
            "waiting for the storage (no checkpoint)",
            "waiting for the storage (no images)",
            "waiting for the storage (no weights (Name node is in safe mode))",
            "the storage is there again after 30 s");
    assertThat(patience.isAway()).isFalse();
  }

  /** Its cause would say that the configuration is wrong. */
  @Test
  void anOutageThatIsTooLongIsOneWhateverStandsForIt() {
    assertThatThrownBy(
            () ->
                patience(Duration.ZERO)
                    .begin(
                        () -> {
                          throw new DataException("no images", new ConnectException("refused"));
                        },
                        System.out))
        .isInstanceOf(StorageAwayException.class)
        .hasMessageContaining("for 0 s (no images)")
        .satisfies(
            end ->
                assertThat(end.getCause()).isInstanceOf(StorageAwayException.class).hasNoCause());
  }

  /** A run that may be another's by now, workers that are gone, and data that is wrong. */
  @Test
  void whatNoStorageBringsBackIsNotWaitedFor() {
    ConnectException refused = new ConnectException("refused");
    for (RuntimeException failure :
        List.of(
            new RunLeaseException("lost", refused),
            new EngineOutage(EngineOutage.Kind.EXECUTOR_LOST, "lost", refused),
            new WorkerFailure("worker 1", refused),
            new DataException("no such split"))) {
      assertThatThrownBy(
              () ->
                  patience(Duration.ofHours(1))
                      .begin(
                          () -> {
                            throw failure;
                          },
                          System.out))
          .isSameAs(failure);
    }
    assertThat(seconds).isZero();
  }
}
