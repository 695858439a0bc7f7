package io.robusttrain.attack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.OperatingSystemMXBean;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.attack.apgd.Apgd;
import io.robusttrain.attack.apgd.ApgdSettings;
import io.robusttrain.attack.catalog.AttackCatalog;
import io.robusttrain.attack.square.SquareAttack;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.PointerScope;

/**
 * Whole attacks on the 256 images of the small trained network beside the reference's accuracies,
 * seconds and, by {@code masks_cnn.safetensors}, surviving images. Takes minutes; run by hand:
 *
 * <pre>java -cp ... io.robusttrain.attack.AttackParityRun FOLDER THREADS SEED NAME...</pre>
 *
 * where FOLDER holds {@code results.json} and names are those of {@link AttackCatalog}, {@code
 * apgd-ce-1} for one restart and {@code square-1000} for 1000 queries.
 */
final class AttackParityRun {
  private static final Map<String, String> RESULTS =
      Map.of(
          "fgsm", "fgsm",
          "pgd-10", "pgd10",
          "pgd-100", "pgd100",
          "apgd-ce", "apgd_ce_5x100",
          "apgd-ce-1", "apgd_ce_1x100",
          "apgd-t", "apgd_t_9x100",
          "fab-t", "fab_t_9x100",
          "square-1000", "square_1000",
          "standard", "autoattack_standard");

  private AttackParityRun() {}

  /** See the class. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    NativeRuntime.start(Integer.parseInt(arguments[1]));
    long seed = Long.parseLong(arguments[2]);
    List<String> names = List.of(arguments).subList(3, arguments.length);
    JsonNode results = new ObjectMapper().readTree(folder.resolve("results.json").toFile());
    SafetensorsFixture masks = SafetensorsFixture.read(folder.resolve("masks_cnn.safetensors"));
    for (JsonNode result : results) {
      ThreatModel threat =
          new ThreatModel(
              Norm.valueOf(result.get("norm").asText().toUpperCase(Locale.ROOT)),
              result.get("eps").asDouble());
      String prefix =
          "cnn.%s.%.6f.".formatted(result.get("norm").asText(), result.get("eps").asDouble());
      for (String name : names) {
        run(threat, name, result, masks.ints(prefix + RESULTS.get(name)), seed);
      }
    }
  }

  private static void run(ThreatModel threat, String name, JsonNode result, int[] mask, long seed) {
    SafetensorsFixture fixture = SafetensorsFixture.read(ToyCnn.RESOURCE);
    try (FlatParameters parameters = ToyCnn.parameters(fixture);
        PointerScope scope = new PointerScope()) {
      Victim victim = new Victim(new ToyCnn(parameters));
      int count = mask.length;
      long began = System.nanoTime();
      long beganBusy = cpuNanos();
      AttackBatch batch =
          AttackBatch.of(
              victim,
              Pixels.of(Tensors.of(fixture.floats("x"), ComputeDevice.CPU, count, 3, 16, 16)),
              Tensors.labels(fixture.ints("y_int32"), ComputeDevice.CPU),
              LongStream.range(0, count).toArray(),
              SeedKey.of(seed));
      AttackOutcome outcome = attack(name, threat).attack(victim, batch);
      double seconds = (System.nanoTime() - began) / 1e9;
      double busy = (cpuNanos() - beganBusy) / 1e9;
      boolean[] broken = outcome.broken();
      int agreeing = 0;
      for (int i = 0; i < count; i++) {
        agreeing += broken[i] == (mask[i] == 0) ? 1 : 0;
      }
      float largest = 0;
      for (float size : Tensors.toArray(threat.distances(outcome.pixels(), batch.clean()))) {
        largest = Math.max(largest, size);
      }
      String key = RESULTS.get(name);
      System.out.printf(
          "%-5s %.6f %-12s robust %3d, reference %5.1f; same %5.1f %%; largest change %.7f; %6.1f s (%6.1f s of CPU),"
              + " reference %6.1f s; forward %d backward %d%n",
          threat.norm(),
          threat.epsilon(),
          name,
          Rows.where(outcome.broken(), false).length,
          result.get(key).asDouble() * count,
          100.0 * agreeing / count,
          largest,
          seconds,
          busy,
          result.get("seconds").get(key).asDouble(),
          victim.forwardImages(),
          victim.backwardImages());
    }
  }

  private static long cpuNanos() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  private static EvaluationAttack attack(String name, ThreatModel threat) {
    return switch (name) {
      case "apgd-ce-1" -> new Apgd(Apgd.Loss.CE, ApgdSettings.of(threat));
      case "square-1000" -> new SquareAttack(threat, 1000, 0.8);
      default -> AttackCatalog.named(name, threat);
    };
  }
}
