package io.robusttrain.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.cluster.ExecutorGpu;
import io.robusttrain.doctor.GpuProbe.Gpu;
import io.robusttrain.doctor.check.Finding;
import io.robusttrain.doctor.check.Finding.Verdict;
import io.robusttrain.doctor.check.Line;
import io.robusttrain.doctor.check.Place;
import io.robusttrain.doctor.check.Place.Role;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which executors share a GPU, and which have none. */
class GpuProbeTest {
  private static final Place ONE = new Place(Role.EXECUTOR, "1", "a");
  private static final Place TWO = new Place(Role.EXECUTOR, "2", "a");
  private static final Place ELSEWHERE = new Place(Role.EXECUTOR, "3", "b");

  @Test
  void executorsWithAGpuEachShareALine() {
    Map<Place, Gpu> gpus =
        Map.of(ONE, new Gpu("0", ""), TWO, new Gpu("1", ""), ELSEWHERE, new Gpu("0", ""));
    assertThat(GpuProbe.judge(gpus))
        .containsExactly(
            new Line(
                "gpus",
                List.of(ONE, TWO, ELSEWHERE),
                Finding.ok("each computes on a GPU of its own")));
  }

  @Test
  void twoExecutorsOfAHostOnOneGpuAreToldOf() {
    Map<Place, Gpu> gpus =
        Map.of(ONE, new Gpu("0", ""), TWO, new Gpu("0", ""), ELSEWHERE, new Gpu("0", ""));
    List<Line> lines = GpuProbe.judge(gpus);
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0).places()).containsExactly(ONE, TWO);
    assertThat(lines.get(0).finding().verdict()).isEqualTo(Verdict.WARNING);
    assertThat(lines.get(0).finding().text())
        .isEqualTo("2 executors compute on GPU 0 of a, and share its time and memory");
    assertThat(lines.get(0).finding().remedy())
        .contains("spark.executor.resource.gpu.amount=1")
        .endsWith("or set CUDA_VISIBLE_DEVICES of each worker");
    assertThat(lines.get(1).places()).containsExactly(ELSEWHERE);
  }

  @Test
  void anAddressThatIsNoDeviceFails() {
    Gpu none = GpuProbe.of(new ExecutorGpu(List.of("MIG-7"), ""));
    List<Line> lines = GpuProbe.judge(Map.of(ONE, none));
    assertThat(lines).hasSize(1);
    assertThat(lines.get(0).finding().verdict()).isEqualTo(Verdict.FAILED);
    assertThat(lines.get(0).finding().text())
        .startsWith("Spark gave this executor the GPU MIG-7, which is no number");
  }
}
