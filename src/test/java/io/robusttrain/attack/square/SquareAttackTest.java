package io.robusttrain.attack.square;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.attack.AttackBatch;
import io.robusttrain.attack.AttackOutcome;
import io.robusttrain.attack.HandleProbe;
import io.robusttrain.attack.Rows;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.attack.ToyCnn;
import io.robusttrain.attack.Victim;
import io.robusttrain.attack.fab.FastAdaptiveBoundaryTest;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Square as an attack: recorded results, independence of the batch, and what it costs. */
@Numeric
@Tag("slow")
class SquareAttackTest {
  private static final SafetensorsFixture MODEL = SafetensorsFixture.read(ToyCnn.RESOURCE);
  private static final SafetensorsFixture MASKS =
      SafetensorsFixture.read("golden/attacks/masks_cnn.safetensors");
  private static final int PIXELS = 3 * 16 * 16;

  @BeforeAll
  static void start() {
    Arithmetic.start();
  }

  @ParameterizedTest
  @CsvSource({"LINF, 0.03137254901960784, Linf.0.031373", "L2, 0.5, L2.0.500000"})
  void breaksAboutWhatTheOriginalBreaks(Norm norm, double epsilon, String name) {
    int count = 48;
    try (FlatParameters parameters = ToyCnn.parameters(MODEL);
        PointerScope scope = new PointerScope()) {
      Victim victim = new Victim(new ToyCnn(parameters));
      AttackBatch batch =
          FastAdaptiveBoundaryTest.batch(victim, IntStream.range(0, count).toArray());
      SquareAttack attack = new SquareAttack(new ThreatModel(norm, epsilon), 1000, 0.8);
      boolean[] broken = attack.attack(victim, batch).broken();
      int[] standing = MASKS.ints("cnn." + name + ".square_1000");
      int more = 0;
      int fewer = 0;
      for (int i = 0; i < count; i++) {
        more += broken[i] && standing[i] == 1 ? 1 : 0;
        fewer += !broken[i] && standing[i] == 0 ? 1 : 0;
      }
      // Other draws: an image whose last query decided may fall or stand.
      assertThat(more + fewer).isLessThanOrEqualTo(3);
      assertThat(more - fewer).isBetween(-2, 2);
    }
  }

  @ParameterizedTest
  @CsvSource({"LINF, 0.03137254901960784", "L2, 0.5", "L1, 6"})
  void anImagesFateDoesNotDependOnItsBatch(Norm norm, double epsilon) {
    SquareAttack attack = new SquareAttack(new ThreatModel(norm, epsilon), 60, 0.8);
    int[] images = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    try (FlatParameters parameters = ToyCnn.parameters(MODEL);
        PointerScope scope = new PointerScope()) {
      Victim victim = new Victim(new ToyCnn(parameters));
      AttackOutcome together =
          attack.attack(victim, FastAdaptiveBoundaryTest.batch(victim, images));
      float[] pixels = Tensors.toArray(together.pixels());
      // Something must fall and something stand for the comparison to mean anything.
      assertThat(together.brokenCount()).isBetween(1, images.length - 1);
      for (int[] part : new int[][] {{0, 1, 2, 3, 4, 5, 6}, {7, 8, 9, 10}, {11}}) {
        AttackOutcome apart = attack.attack(victim, FastAdaptiveBoundaryTest.batch(victim, part));
        int last = part[part.length - 1] + 1;
        assertThat(apart.broken()).isEqualTo(Arrays.copyOfRange(together.broken(), part[0], last));
        assertThat(Tensors.toArray(apart.pixels()))
            .isEqualTo(Arrays.copyOfRange(pixels, part[0] * PIXELS, last * PIXELS));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"LINF, 0.03137254901960784", "L2, 0.5", "L1, 6"})
  void equalKeysGiveEqualResultsAndOthersDoNot(Norm norm, double epsilon) {
    ThreatModel threat = new ThreatModel(norm, epsilon);
    try (FlatParameters parameters = ToyCnn.parameters(MODEL);
        PointerScope scope = new PointerScope()) {
      Victim victim = new Victim(new ToyCnn(parameters));
      AttackBatch batch = FastAdaptiveBoundaryTest.batch(victim, 0, 1, 2);
      float[] first = best(victim, batch, threat, SeedKey.of(1));
      assertThat(best(victim, batch, threat, SeedKey.of(1))).isEqualTo(first);
      assertThat(best(victim, batch, threat, SeedKey.of(2))).isNotEqualTo(first);
    }
  }

  @Test
  void asksOnceForAllThatStandAndKeepsNativeMemoryFlat() {
    try (FlatParameters parameters = ToyCnn.parameters(MODEL);
        PointerScope scope = new PointerScope()) {
      HandleProbe probe = new HandleProbe(new ToyCnn(parameters));
      Victim victim = new Victim(probe);
      AttackBatch batch = FastAdaptiveBoundaryTest.batch(victim, 0, 1, 2, 3, 4);
      // Nothing can fall at this radius.
      SquareAttack attack = new SquareAttack(ThreatModel.linf(1e-6), 1500, 0.8);
      AttackOutcome outcome = attack.attack(victim, batch);
      assertThat(Rows.where(outcome.broken(), false)).hasSize(5);
      assertThat(Tensors.toArray(outcome.pixels())).isEqualTo(Tensors.toArray(batch.clean()));
      assertThat(victim.forwardImages()).isEqualTo(5 * (1 + 1501));
      assertThat(victim.backwardImages()).isZero();
      assertThat(probe.recorded()).isZero();
      List<Long> handles = probe.handles();
      assertThat(handles).hasSize(1 + 1501);
      assertThat(handles.get(1500)).isLessThanOrEqualTo(handles.get(10));
    }
  }

  @Test
  void leavesFallenImagesAlone() {
    try (FlatParameters parameters = ToyCnn.parameters(MODEL);
        PointerScope scope = new PointerScope()) {
      Victim victim = new Victim(new ToyCnn(parameters));
      AttackBatch batch = FastAdaptiveBoundaryTest.batch(victim, 0, 1, 2, 3, 4);
      AttackOutcome outcome = SquareAttack.standard(ThreatModel.linf(0.5)).attack(victim, batch);
      assertThat(outcome.brokenCount()).isEqualTo(5);
      assertThat(victim.forwardImages()).isLessThan(500);
    }
  }

  @Test
  void refusesNoQueriesAndEmptySquares() {
    ThreatModel threat = ThreatModel.linf(0.1);
    assertThatThrownBy(() -> new SquareAttack(threat, 0, 0.8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 1 query");
    assertThatThrownBy(() -> new SquareAttack(threat, 1, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("initial share in (0, 1]");
    assertThat(SquareAttack.standard(threat))
        .isEqualTo(new SquareAttack(threat, 5000, 0.8))
        .satisfies(attack -> assertThat(attack.name()).isEqualTo("square"));
  }

  private static float[] best(Victim victim, AttackBatch batch, ThreatModel threat, SeedKey key) {
    ImageShape shape = ImageShape.of(batch.clean());
    SquareSchedule schedule = new SquareSchedule(0.8);
    SquareMoves moves =
        threat.norm() == Norm.LINF
            ? new LinfSquares(shape, (float) threat.epsilon(), schedule)
            : new PatternedSquares(threat, shape, schedule);
    SquareSearch search = new SquareSearch(victim, batch, moves);
    search.run(20, key);
    return Tensors.toArray(search.best(ComputeDevice.CPU));
  }
}
