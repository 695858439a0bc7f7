package io.robusttrain.storage.lease;

import io.robusttrain.base.Figures;
import io.robusttrain.storage.RunLeaseException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The attempt of one process to own a run that another one may own: it finds out whether the owner
 * has ended, died or fallen silent.
 *
 * @param run the directory of the run
 * @param files its leases
 * @param contender the process that wants the run
 * @param ttl how long an owner may be silent, at least
 * @param clock of the contender
 */
record LeaseContest(
    Path run, LeaseFiles files, LeaseOwner contender, Duration ttl, LeaseClock clock) {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseContest.class);
  private static final int LOOKS_IN_TTL = 12;

  /**
   * Waits until the owner is known to have ended or was silent for too long.
   *
   * @return false if the claim is another one meanwhile, so that it must be looked at again
   * @throws RunLeaseException if the owner lives
   */
  boolean awaitEnd(LeaseFiles.Seen last) throws IOException {
    Optional<LeaseRecord> content = last.content();
    if (content.isPresent() && hasEnded(content.get())) {
      return true;
    }
    Duration patience =
        content.map(LeaseRecord::ttl).filter(theirs -> theirs.compareTo(ttl) > 0).orElse(ttl);
    LOG.warn(
        "Run {} belongs to {}. Watching up to {} for a sign of life.",
        run,
        content.map(LeaseRecord::owner).map(LeaseOwner::toString).orElse("an unknown process"),
        Figures.seconds(patience));
    long start = clock.nanoTime();
    while (clock.nanoTime() - start < patience.toNanos()) {
      clock.sleep(patience.dividedBy(LOOKS_IN_TTL));
      Optional<LeaseFiles.Seen> now = files.highest();
      if (now.isEmpty() || !now.get().equals(last)) {
        Optional<LeaseRecord> found = now.flatMap(LeaseFiles.Seen::content);
        if (found.isPresent() && !hasEnded(found.get())) {
          throw inUse(found.get());
        }
        return false;
      }
    }
    LOG.warn("Taking over run {}: its owner was silent for {}.", run, Figures.seconds(patience));
    return true;
  }

  private boolean hasEnded(LeaseRecord record) {
    if (record.phase() == LeaseRecord.Phase.RELEASED) {
      return true;
    }
    Optional<Boolean> alive = record.owner().aliveAsSeenBy(contender);
    if (alive.isPresent() && alive.get()) {
      throw inUse(record);
    }
    if (alive.isPresent()) {
      LOG.warn("Taking over run {}: {} is dead.", run, record.owner());
    }
    return alive.isPresent();
  }

  private RunLeaseException inUse(LeaseRecord record) {
    return new RunLeaseException(
        "Run %s is in use by %s, since %s. Wait until it has ended, or end it (kill %d on %s); give this run another run.id to train beside it. If that process stops without a word, its lease ends %s after its last sign of life."
            .formatted(
                run,
                record.owner(),
                record.sinceText(),
                record.owner().pid(),
                record.owner().host(),
                Figures.seconds(record.ttl())));
  }
}
