package io.robusttrain.speed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.engine.Worker;
import io.robusttrain.engine.WorkerReport;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class MeteredWorkerTest {
  private final Deque<WorkerReport> reports = new ArrayDeque<>();
  private final MeteredWorker worker = new MeteredWorker(reporting());

  @Test
  void joinsAStepWithItsUpdateFromALaterReport() {
    // As BigDL's tasks report: the update of a step comes with the next step, or alone at the end.
    take(0, 1, -1, 0);
    take(1, 2, 0, 10);
    take(1, 2, 1, 20);
    assertThat(worker.times(0, 2))
        .containsExactly(new OwnTimes(1, 2, 3, 10), new OwnTimes(2, 4, 6, 20));
  }

  @Test
  void takesAStepAndItsUpdateFromOneReport() {
    take(0, 1, 0, 10);
    assertThat(worker.times(0, 1)).containsExactly(new OwnTimes(1, 2, 3, 10));
  }

  @Test
  void refusesStepsThatWereNotReported() {
    take(0, 1, 0, 10);
    assertThatThrownBy(() -> worker.times(0, 2)).hasMessage("the worker has no report of step 1");
  }

  private void take(long step, double unit, long updatedStep, double update) {
    WorkerReport report =
        new WorkerReport(
            step,
            8,
            1,
            unit,
            2 * unit,
            3 * unit,
            update,
            Double.NaN,
            updatedStep,
            0,
            0,
            List.of(),
            List.of());
    reports.add(report);
    assertThat(worker.takeReport()).isSameAs(report);
  }

  private Worker reporting() {
    return (Worker)
        Proxy.newProxyInstance(
            Worker.class.getClassLoader(),
            List.of(Worker.class).toArray(Class<?>[]::new),
            (proxy, method, arguments) -> reports.remove());
  }
}
