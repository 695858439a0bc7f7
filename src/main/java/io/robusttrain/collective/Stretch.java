package io.robusttrain.collective;

import io.robusttrain.cluster.StageRun;
import io.robusttrain.cluster.WorkerHome;
import io.robusttrain.engine.EngineOutage;
import io.robusttrain.engine.Worker;
import io.robusttrain.engine.WorkerFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The driver's side of the steps between two pauses: one barrier stage, and the lines to its
 * workers. Everything that happens to either is done one after the other on the thread that waits
 * for it. Used from one thread; must be closed, which ends the stage if it has not.
 */
final class Stretch<W extends Worker> implements AutoCloseable {
  private static final Duration LOOK = Duration.ofMillis(100);

  /** A line can end before the driver hears what its worker ended with, or that it is lost. */
  private static final Duration NOTICE = Duration.ofSeconds(10);

  private static final Duration CANCELLING = Duration.ofSeconds(5);

  private final WorkerHome<W> home;
  private final int workers;
  private final BlockingQueue<Runnable> events = new LinkedBlockingQueue<>();
  private final ControlServer server;
  private final StageRun stage;

  private final Set<Integer> connected = new HashSet<>();
  private final List<StepMessage> messages = new ArrayList<>();
  private final List<Integer> reporters = new ArrayList<>();
  private Throwable failure;
  private String trouble;
  private long troubledAt;
  private boolean resting;
  private boolean over;
  private Exception stageFailure;

  /**
   * Begins a stage.
   *
   * @param name different for all stages of an engine
   * @param plan of the leg
   * @param serverFor makes the driver's end of the lines, which tell this what happens
   */
  Stretch(
      WorkerHome<W> home,
      String name,
      LegPlan plan,
      Function<ControlServer.Listener, ControlServer> serverFor) {
    this.home = home;
    this.workers = home.topology().workers();
    this.server = serverFor.apply(new Lines());
    this.stage =
        home.together(
            name,
            new LegTask<>(plan),
            end -> events.add(() -> ended(end)),
            failed -> events.add(() -> stageOver(failed)));
  }

  /** Puts what happens on a line among the events. */
  private final class Lines implements ControlServer.Listener {
    @Override
    public void connected(int worker) {
      events.add(() -> connected.add(worker));
    }

    @Override
    public void reported(int worker, StepMessage message) {
      events.add(
          () -> {
            messages.add(message);
            reporters.add(worker);
          });
    }

    @Override
    public void left(int worker, String why) {
      events.add(
          () -> {
            if (!resting) {
              inTrouble("the line to worker %d ended: %s".formatted(worker, why));
            }
          });
    }

    @Override
    public void broke(String why) {
      events.add(() -> inTrouble(why));
    }
  }

  private void ended(LegEnd end) {
    if (end.failure() == null) {
      return;
    }
    if (end.isConsequence()) {
      inTrouble(end.failure().getMessage());
    } else if (failure == null) {
      failure = end.failure();
    }
  }

  private void stageOver(Exception failed) {
    over = true;
    stageFailure = failed;
  }

  private void inTrouble(String what) {
    if (trouble == null) {
      trouble = what;
      troubledAt = System.nanoTime();
    }
  }

  /** Something has happened that makes a look worth while. May be called from any thread. */
  void wake() {
    events.add(() -> {});
  }

  /** Waits until all workers are on the line. */
  void awaitWorkers() throws Exception {
    while (connected.size() < workers) {
      next();
    }
  }

  /** Lets all workers do the steps before this one. */
  void allow(long end) {
    server.allow(end);
  }

  /**
   * Waits until all workers have done a step.
   *
   * @return what they say of it, in the order of the workers
   */
  List<StepMessage> await(long step) throws Exception {
    while (messages.size() < workers) {
      next();
    }
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < workers; i++) {
      order.add(i);
    }
    order.sort(Comparator.comparing(reporters::get));
    List<StepMessage> all = order.stream().map(messages::get).toList();
    for (StepMessage message : all) {
      if (message.step() != step) {
        throw new IllegalStateException(
            "a worker has reported step %d while step %d is done".formatted(message.step(), step));
      }
    }
    messages.clear();
    reporters.clear();
    return all;
  }

  /** Lets all workers rest, and waits until they do. */
  void rest() throws Exception {
    resting = true;
    server.allow(ControlServer.REST);
    while (!over) {
      next();
    }
    if (failure != null || trouble != null || stageFailure != null) {
      next();
    }
  }

  /** Waits a moment for something to happen; throws what ends the steps. */
  private void next() throws Exception {
    home.requireUp();
    if (failure != null) {
      // An error often says nothing but what it is.
      String what = failure instanceof Error ? failure.toString() : failure.getMessage();
      throw new WorkerFailure(what, failure);
    }
    if (stageFailure != null) {
      throw stageFailure;
    }
    boolean told = System.nanoTime() - troubledAt > NOTICE.toNanos();
    if (trouble != null && (over || told)) {
      throw new EngineOutage(
          EngineOutage.Kind.EXCHANGE_FAILED,
          "the exchange between executors failed: " + trouble,
          null);
    }
    if (over && !resting) {
      throw new IllegalStateException("the stage of the steps ended before they did");
    }
    Runnable event = events.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS);
    if (event != null) {
      event.run();
    }
  }

  @Override
  public void close() {
    server.close();
    if (!over) {
      stage.cancel(CANCELLING);
    }
  }
}
