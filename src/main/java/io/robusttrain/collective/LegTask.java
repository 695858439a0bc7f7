package io.robusttrain.collective;

import io.robusttrain.base.DaemonThreads;
import io.robusttrain.cluster.ExchangeFailure;
import io.robusttrain.cluster.StagePlace;
import io.robusttrain.cluster.StageTask;
import io.robusttrain.engine.Departure;
import io.robusttrain.engine.StepAttempt;
import io.robusttrain.engine.StepGate;
import io.robusttrain.engine.Worker;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.engine.WorkerRegistry;
import io.robusttrain.tensor.NativeThread;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * A worker's part of a leg: it reaches the driver, meets the others, and does one step after the
 * other until the driver tells it to rest. Whatever ends it early is its answer.
 *
 * @param plan the same for all workers
 */
record LegTask<W extends Worker>(LegPlan plan) implements StageTask<W, LegEnd> {
  private static final String GIVEN_UP = "the step was given up";

  /** The longest that the driver says nothing to a worker that has greeted it. */
  private static final Duration ANSWER = Duration.ofSeconds(60);

  /** The longest that workers take to connect with each other, once all are there. */
  private static final Duration MEETING = Duration.ofSeconds(60);

  @Override
  public LegEnd run(W worker, WorkerPlace place, StagePlace here) {
    Connections connections = new Connections();
    Thread self = Thread.currentThread();
    Runnable stop =
        () -> {
          connections.abort();
          self.interrupt();
        };
    try (WorkerRegistry.Loan loan = WorkerRegistry.lend(plan.run(), place.index(), stop)) {
      steps(worker, place, here, connections);
      return LegEnd.done(place.index());
    } catch (InterruptedException stopped) {
      return LegEnd.failed(place.index(), new ExchangeFailure(GIVEN_UP, stopped));
    } catch (Error failed) {
      // An answer, too: Spark would begin the whole stage again, and forget what it was.
      return LegEnd.failed(place.index(), failed);
    } catch (RuntimeException failed) {
      // What an interrupt ends is no failure of the worker.
      boolean stopped = Thread.interrupted() && !(failed instanceof ExchangeFailure);
      return LegEnd.failed(place.index(), stopped ? new ExchangeFailure(GIVEN_UP, failed) : failed);
    }
  }

  /** The connections to other workers: first they are made, then they are used. */
  private static final class Connections {
    private Runnable end = () -> {};
    private boolean aborted;

    synchronized void endBy(Runnable abort) {
      end = abort;
      if (aborted) {
        end.run();
      }
    }

    synchronized void abort() {
      aborted = true;
      end.run();
    }
  }

  private void steps(W worker, WorkerPlace place, StagePlace here, Connections connections)
      throws InterruptedException {
    int length = place.sliceLength(plan.shape().size());
    ExecutorService replicas =
        Executors.newFixedThreadPool(
            place.replicas(), DaemonThreads.named("collective-replica-" + place.index()));
    try (ControlLine line =
            new ControlLine(plan.driver(), place, length, ANSWER, connections::abort);
        NativeThread exchanging = new NativeThread("collective-exchange-" + place.index())) {
      float[] slice = line.slice().orElseGet(() -> worker.weights().values());
      Meeting meeting = new Meeting(place, here.host(), line, MEETING, plan.patience());
      connections.endBy(meeting::abort);
      GlooPeers peers = meeting.meet(exchanging);
      connections.endBy(peers::abort);
      try (StepCycle cycle = new StepCycle(plan, worker, peers, slice, exchanging, replicas)) {
        try {
          StepGate gate = WorkerRegistry.gate(plan.run(), place.index());
          cycle.beginGathering();
          for (long step = plan.first(); step < plan.end() && line.mayRun(step); step++) {
            line.report(
                cycle.run(
                    gate,
                    new StepAttempt(plan.number(), step, here.attempt()),
                    Departure.announced()));
            if (step + 1 < plan.end()) {
              // Others do so too, while the driver decides on the next step and it is loaded.
              cycle.beginGathering();
            }
          }
          cycle.awaitWeights();
          // Whoever hangs up first would take from the others what they have not received.
          line.gather(new byte[0]);
        } finally {
          // Before the cycle's memory goes: an interrupted step leaves them computing.
          end(replicas);
        }
      }
    } finally {
      end(replicas);
    }
  }

  /** Replicas compute in threads of their own, which are the worker's; these only wait for them. */
  private static void end(ExecutorService replicas) {
    replicas.shutdownNow();
    boolean interrupted = false;
    boolean ended = false;
    while (!ended) {
      try {
        ended = replicas.awaitTermination(1, TimeUnit.DAYS);
      } catch (InterruptedException later) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
