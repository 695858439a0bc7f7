package io.robusttrain.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.waiting.Waiting;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class NativeThreadTest {
  @Test
  void everyTaskRunsOnTheSameThreadWhoeverCalls() throws Exception {
    try (NativeThread thread = new NativeThread("copy-0")) {
      Thread own = thread.call(Thread::currentThread);
      Future<Thread> other = Waiting.start(() -> thread.call(Thread::currentThread));
      assertThat(other.get()).isSameAs(own);
      assertThat(own.getName()).isEqualTo("copy-0");
    }
  }

  @Test
  void exceptionsArriveAsTheyAreAndCheckedOnesAsTheCause() {
    try (NativeThread thread = new NativeThread("copy-1")) {
      ArithmeticException failure = new ArithmeticException("not finite");
      assertThatThrownBy(
              () ->
                  thread.call(
                      () -> {
                        throw failure;
                      }))
          .isSameAs(failure);
      assertThatThrownBy(
              () ->
                  thread.call(
                      () -> {
                        throw new IOException("disk");
                      }))
          .isInstanceOf(IllegalStateException.class)
          .hasCauseInstanceOf(IOException.class);
    }
  }

  @Test
  void closingEndsATaskWhereItAsksAndReturnsWhenItHasEnded() throws Exception {
    NativeThread thread = new NativeThread("copy-2");
    CountDownLatch begun = new CountDownLatch(1);
    Future<Void> task =
        thread.submit(
            () -> {
              begun.countDown();
              while (true) {
                thread.requireOpen();
                Thread.onSpinWait();
              }
            });
    begun.await();
    thread.close();
    assertThat(task.isDone()).isTrue();
    assertThatThrownBy(() -> NativeThread.result(task))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the model was closed while it computed");
  }

  @Test
  void anInterruptedCallerIsToldAndTheTaskGoesOn() throws Exception {
    try (NativeThread thread = new NativeThread("copy-3")) {
      CountDownLatch mayEnd = new CountDownLatch(1);
      Future<String> task =
          thread.submit(
              () -> {
                mayEnd.await();
                return "done";
              });
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> NativeThread.result(task))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("interrupted while a model computed");
      assertThat(Thread.interrupted()).isTrue();
      mayEnd.countDown();
      assertThat(NativeThread.result(task)).isEqualTo("done");
    }
  }
}
