package io.robusttrain.checkpoint;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What happens to a process at its n-th call of a file system: it dies, so that this call and all
 * later ones fail, or only this call fails. All file systems of one plan count together, as those
 * of a driver and its executors.
 */
public final class FaultPlan {
  private static final Map<String, FaultPlan> PLANS = new ConcurrentHashMap<>();

  private final int last;
  private final Fault fault;
  private final List<Call> calls = new ArrayList<>();

  /** What happens at the call. Death after it is death before the next. */
  public enum Fault {
    /** The process dies before the call has any effect. */
    DEATH,
    /** The process dies when the call has had half its effect. */
    DEATH_HALFWAY,
    /** The call fails without an effect; the process lives. */
    REFUSED,
    /** The call has its effect, but fails; the process lives. */
    ANSWER_LOST
  }

  /** A kind of call, and whether it can have half an effect. */
  public record Call(String kind, boolean divisible) {}

  interface Effect<T> {
    T happen() throws IOException;
  }

  private FaultPlan(int last, Fault fault) {
    this.last = last;
    this.fault = fault;
  }

  /** A fault at call {@code call}, counted from 0; the plan is found by its name. */
  public static FaultPlan at(String name, int call, Fault fault) {
    FaultPlan plan = new FaultPlan(call, fault);
    PLANS.put(name, plan);
    return plan;
  }

  /** No fault. */
  public static FaultPlan none(String name) {
    return at(name, Integer.MAX_VALUE, Fault.DEATH);
  }

  static FaultPlan named(String name) {
    return PLANS.get(name);
  }

  public List<Call> calls() {
    return List.copyOf(calls);
  }

  public boolean hasHappened() {
    return calls.size() > last;
  }

  <T> T call(String kind, Effect<T> effect) throws IOException {
    return call(kind, effect, null);
  }

  /** As above, for a call of which a crash may leave half. */
  <T> T call(String kind, Effect<T> effect, Effect<?> half) throws IOException {
    int index = calls.size();
    calls.add(new Call(kind, half != null));
    boolean deadly = fault == Fault.DEATH || fault == Fault.DEATH_HALFWAY;
    if (index < last || (index > last && !deadly)) {
      return effect.happen();
    }
    if (index == last && fault == Fault.ANSWER_LOST) {
      effect.happen();
    } else if (index == last && fault == Fault.DEATH_HALFWAY && half != null) {
      half.happen();
    }
    throw new InjectedFault();
  }

  /** The fault. */
  public static final class InjectedFault extends IOException {
    private static final long serialVersionUID = 1L;

    InjectedFault() {
      super("injected fault");
    }
  }
}
