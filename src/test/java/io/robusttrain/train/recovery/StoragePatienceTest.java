package io.robusttrain.train.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.storage.StorageAwayException;
import java.io.IOException;
import java.net.ConnectException;
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
}
