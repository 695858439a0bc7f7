package io.robusttrain.data.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.base.DaemonThreads;
import io.robusttrain.data.DataException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is told to those who wait for items. */
class PrefetcherTest {
  private static final String CLOSED = "the loader was closed while its images were waited for";

  private final ExecutorService caller =
      Executors.newSingleThreadExecutor(DaemonThreads.named("caller"));
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch never = new CountDownLatch(1);

  @AfterEach
  void endCaller() {
    caller.shutdownNow();
  }

  /** As a read that an interrupt ends. */
  private String blocked(long item) {
    begun.countDown();
    try {
      never.await();
      return "item " + item;
    } catch (InterruptedException stopped) {
      throw new DataException("cannot read item " + item, stopped);
    }
  }

  @Test
  void closingFailsWhoeverWaitsAndWhoeverAsksLater() throws InterruptedException {
    Prefetcher<String> prefetcher = new Prefetcher<>(this::blocked, 2, 3, "load-test");
    Future<String> first = caller.submit(() -> prefetcher.get(0));
    begun.await();
    prefetcher.close();
    requireClosed(first);
    requireClosed(caller.submit(() -> prefetcher.get(1)));
    requireClosed(caller.submit(() -> prefetcher.get(2)));
    requireClosed(caller.submit(() -> prefetcher.get(0)));
  }

  private static void requireClosed(Future<String> item) {
    assertThatThrownBy(() -> item.get(30, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasMessage(CLOSED)
        .hasNoCause();
  }

  @Test
  void aFailureOfAnOpenOneIsThrownAsItWas() {
    try (Prefetcher<String> prefetcher =
        new Prefetcher<>(
            item -> {
              if (item == 1) {
                throw new DataException("item 1 is torn");
              }
              return "item " + item;
            },
            2,
            3,
            "load-test")) {
      assertThat(prefetcher.get(0)).isEqualTo("item 0");
      assertThatThrownBy(() -> prefetcher.get(1))
          .isInstanceOf(DataException.class)
          .hasMessage("item 1 is torn");
      assertThat(prefetcher.get(2)).isEqualTo("item 2");
    }
  }
}
