package io.robusttrain.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.engine.EngineOutage;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.function.UnaryOperator;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkException;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is known of lost executors, and when. */
@Tag("slow")
class OutagesTest {
  private static SparkContext spark;

  @BeforeAll
  static void startSpark() {
    spark =
        new SparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("outages")
                .set("spark.ui.enabled", "false"));
  }

  @AfterAll
  static void stopSpark() {
    spark.stop();
  }

  @Test
  @Timeout(60)
  void nobodyWaitsForExecutorsOnceItIsGivenUp() throws InterruptedException {
    ExecutorWatch watch = ExecutorWatch.of(spark);
    assertThat(watch.await(2, Duration.ofHours(1), () -> true)).isEqualTo(1);
    watch.departs(SparkEnv.get().executorId());
    watch.awaitDepartures(Duration.ofHours(1), () -> true);
  }

  /** What an exchange lacks is missed before the driver hears of the executor that had it. */
  @Test
  @Timeout(60)
  void anExchangeThatBreaksWaitsForTheNewsOfALostExecutor() throws Exception {
    ExecutorWatch watch = ExecutorWatch.of(spark);
    Outages outages = new Outages(watch, false, UnaryOperator.identity());
    outages.depend(List.of("7"));
    SparkException thrown =
        new SparkException(
            "Job aborted", new ExchangeFailure("gradients of worker 1 were not put: closed"));
    FutureTask<RuntimeException> failure = new FutureTask<>(() -> outages.failure(thrown));
    Thread driver = new Thread(failure, "driver");
    driver.start();
    while (driver.isAlive() && driver.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    watch.onExecutorRemoved(new SparkListenerExecutorRemoved(0, "7", "host went away"));
    assertThat(failure.get())
        .isInstanceOf(EngineOutage.class)
        .hasMessage("executor 7 was lost: host went away")
        .extracting(outage -> ((EngineOutage) outage).kind())
        .isEqualTo(EngineOutage.Kind.EXECUTOR_LOST);
  }
}
