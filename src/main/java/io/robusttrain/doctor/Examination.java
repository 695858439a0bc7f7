package io.robusttrain.doctor;

import io.robusttrain.doctor.check.Check;
import io.robusttrain.doctor.check.Observation;
import io.robusttrain.doctor.check.Place;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs all checks in this process, side by side, each in a thread of its own: one that hangs holds
 * up neither the others nor the end of the process. A hanging thread is left behind, because Java
 * cannot end it.
 */
public final class Examination {
  private Examination() {}

  /** The observations, in the order of the checks. */
  public static List<Observation> of(List<? extends Check<?>> checks, Place place)
      throws InterruptedException {
    List<FutureTask<Serializable>> tasks = new ArrayList<>();
    for (Check<?> check : checks) {
      FutureTask<Serializable> task = new FutureTask<>(() -> check.examine(place));
      Thread thread = new Thread(task, "doctor-" + check.name());
      thread.setDaemon(true);
      thread.start();
      tasks.add(task);
    }
    long start = System.nanoTime();
    List<Observation> observations = new ArrayList<>();
    for (int i = 0; i < tasks.size(); i++) {
      long limit = checks.get(i).limit().toNanos();
      observations.add(await(tasks.get(i), start + limit - System.nanoTime(), limit));
    }
    return observations;
  }

  private static Observation await(FutureTask<Serializable> task, long left, long limit)
      throws InterruptedException {
    try {
      return Observation.of(task.get(Math.max(0, left), TimeUnit.NANOSECONDS));
    } catch (ExecutionException failed) {
      return Observation.failed(failed.getCause());
    } catch (TimeoutException hanging) {
      return Observation.hanging(TimeUnit.NANOSECONDS.toSeconds(limit));
    }
  }
}
