package io.robusttrain.speed.profile;

/**
 * What operations cost in one step. Times are those of the operations themselves, without the
 * operations that they call.
 *
 * @param calls how often they run
 * @param seconds how long they take
 * @param attackSeconds how long of it in the attack
 * @param bytesMoved read and written, by the sizes of their tensors: what caches save is not seen
 * @param allocations tensors that they ask new memory for, empty ones not counted
 * @param allocatedBytes how much they ask for
 */
public record Cost(
    long calls,
    double seconds,
    double attackSeconds,
    long bytesMoved,
    long allocations,
    long allocatedBytes) {
  static final Cost NONE = new Cost(0, 0, 0, 0, 0, 0);

  Cost plus(Cost other) {
    return new Cost(
        calls + other.calls,
        seconds + other.seconds,
        attackSeconds + other.attackSeconds,
        bytesMoved + other.bytesMoved,
        allocations + other.allocations,
        allocatedBytes + other.allocatedBytes);
  }

  /** The same operations with the time that they took. */
  Cost taking(double newSeconds, double newAttackSeconds) {
    return new Cost(calls, newSeconds, newAttackSeconds, bytesMoved, allocations, allocatedBytes);
  }

  /** Bytes moved in a second; NaN if no time was taken. */
  double bytesPerSecond() {
    return seconds > 0 ? bytesMoved / seconds : Double.NaN;
  }
}
