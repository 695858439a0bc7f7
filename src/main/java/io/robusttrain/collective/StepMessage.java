package io.robusttrain.collective;

import io.robusttrain.engine.SampleFault;
import io.robusttrain.engine.StepFault;
import io.robusttrain.engine.WorkerReport;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a worker tells the driver when it has done a step.
 *
 * @param step counted from 0 over the whole run
 * @param loss the sum over the worker's replicas
 * @param clippedNorm the gradient's norm over all workers before clipping; NaN without clipping
 * @param departing whether the worker's process was told to end
 * @param report the worker's own account, its update included
 */
record StepMessage(
    long step, double loss, double clippedNorm, boolean departing, WorkerReport report) {
  /** Longer words are cut: a report must not fill the line. */
  private static final int LONGEST = 8_000;

  private static final int MOST_ENTRIES = 1_000_000;

  void write(DataOutputStream out) throws IOException {
    out.writeLong(step);
    out.writeDouble(loss);
    out.writeDouble(clippedNorm);
    out.writeBoolean(departing);
    out.writeLong(report.step());
    out.writeLong(report.samples());
    out.writeLong(report.correct());
    out.writeDouble(report.attackSeconds());
    out.writeDouble(report.trainSeconds());
    out.writeDouble(report.loadSeconds());
    out.writeDouble(report.updateSeconds());
    out.writeDouble(report.squaredGradientNorm());
    out.writeLong(report.updatedStep());
    out.writeLong(report.residentBytes());
    out.writeLong(report.liveHandles());
    out.writeInt(report.faults().size());
    for (StepFault fault : report.faults()) {
      out.writeLong(fault.step());
      out.writeInt(fault.part());
      out.writeUTF(cut(fault.origin()));
    }
    out.writeInt(report.badSamples().size());
    for (SampleFault bad : report.badSamples()) {
      out.writeLong(bad.sample());
      out.writeUTF(cut(bad.problem()));
    }
    out.flush();
  }

  static StepMessage read(DataInputStream in) throws IOException {
    return new StepMessage(
        in.readLong(), in.readDouble(), in.readDouble(), in.readBoolean(), readReport(in));
  }

  private static WorkerReport readReport(DataInputStream in) throws IOException {
    return new WorkerReport(
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readDouble(),
        in.readDouble(),
        in.readDouble(),
        in.readDouble(),
        in.readDouble(),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        readFaults(in),
        readBadSamples(in));
  }

  private static List<StepFault> readFaults(DataInputStream in) throws IOException {
    int count = count(in);
    List<StepFault> faults = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      faults.add(new StepFault(in.readLong(), in.readInt(), in.readUTF()));
    }
    return faults;
  }

  private static List<SampleFault> readBadSamples(DataInputStream in) throws IOException {
    int count = count(in);
    List<SampleFault> bad = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      bad.add(new SampleFault(in.readLong(), in.readUTF()));
    }
    return bad;
  }

  private static int count(DataInputStream in) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > MOST_ENTRIES) {
      throw new IOException("a report of a step says that it has %d entries".formatted(count));
    }
    return count;
  }

  private static String cut(String words) {
    return words.length() <= LONGEST ? words : words.substring(0, LONGEST) + "...";
  }
}
