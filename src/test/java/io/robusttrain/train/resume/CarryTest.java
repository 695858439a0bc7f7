package io.robusttrain.train.resume;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Moments at another resolution: each element keeps its own, positions take the nearest. */
class CarryTest {
  private static final int DIM = 6;

  private static Architecture deit(int side) {
    return network("deit_small_patch16_224", 1, side);
  }

  private static Architecture beit(int side) {
    return network("beit_base_patch16_224", 2, side);
  }

  private static Architecture network(String name, int depth, int side) {
    return ModelRegistry.create(
        name,
        ModelOptions.none()
            .withNumClasses(3)
            .withImageSize(side)
            .with("patch_size", 8)
            .with("embed_dim", DIM)
            .with("depth", depth)
            .with("num_heads", 2));
  }

  private static float[] places(int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = i;
    }
    return values;
  }

  private static float[] carried(Architecture from, Architecture to) {
    Carry carry = Carry.between(from, to);
    int size = to.layout().size();
    int[] source = carry.source(0, size);
    assertThat(source).containsExactly(0, from.layout().size());
    return carry.slice(Map.of("m", places(from.layout().size())), 0, size).get("m");
  }

  @Test
  void aTensorOfTheSameShapeKeepsItsElements() {
    Architecture from = deit(16);
    Architecture to = deit(32);
    float[] all = carried(from, to);
    to.layout().specs().stream()
        .filter(spec -> !spec.name().equals("pos_embed"))
        .forEach(
            spec -> {
              int offset = to.layout().offset(spec.name());
              int before = from.layout().offset(spec.name());
              for (int i = 0; i < spec.elements(); i++) {
                assertThat(all[offset + i]).as(spec.name()).isEqualTo(before + i);
              }
            });
  }

  /** A grid of 2x2 becomes one of 4x4, behind a class token. */
  @Test
  void aPlaceOfAGridTakesWhatItsNearestPlaceHad() {
    Architecture from = deit(16);
    Architecture to = deit(32);
    float[] all = carried(from, to);
    int offset = to.layout().offset("pos_embed");
    int before = from.layout().offset("pos_embed");
    List<Integer> nearest = List.of(0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3);
    for (int token = 0; token <= 16; token++) {
      int source = token == 0 ? 0 : 1 + nearest.get(token - 1);
      for (int i = 0; i < DIM; i++) {
        assertThat(all[offset + token * DIM + i]).isEqualTo(before + source * DIM + i);
      }
    }
  }

  /** Distances -1 to 1 become -3 to 3; the lines of the class token stay behind. */
  @Test
  void aDistanceTakesWhatItsNearestDistanceHad() {
    Architecture from = beit(16);
    Architecture to = beit(32);
    float[] all = carried(from, to);
    String table = to.positionTables().get(1).tensor();
    int offset = to.layout().offset(table);
    int before = from.layout().offset(table);
    int[] nearest = {0, 0, 1, 1, 1, 2, 2};
    for (int row = 0; row < 7; row++) {
      for (int column = 0; column < 7; column++) {
        int source = nearest[row] * 3 + nearest[column];
        assertThat(all[offset + (row * 7 + column) * 2]).isEqualTo(before + source * 2);
      }
    }
    assertThat(Arrays.copyOfRange(all, offset + 49 * 2, offset + 52 * 2))
        .containsExactly(
            before + 18f, before + 19f, before + 20f, before + 21f, before + 22f, before + 23f);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 7})
  void workersTakeTheirSlices(int workers) {
    Architecture from = beit(32);
    Architecture to = beit(16);
    float[] whole = carried(from, to);
    float[] old = places(from.layout().size());
    Carry carry = Carry.between(from, to);
    for (int worker = 0; worker < workers; worker++) {
      WorkerPlace place = new WorkerPlace(worker, workers, 1);
      int start = place.sliceStart(whole.length);
      int length = place.sliceLength(whole.length);
      int[] source = carry.source(start, length);
      Map<String, float[]> stretch = Map.of("m", Arrays.copyOfRange(old, source[0], source[1]));
      assertThat(carry.slice(stretch, start, length).get("m"))
          .containsExactly(Arrays.copyOfRange(whole, start, start + length));
    }
  }

  @Test
  void theSameNetworkIsOnePiece() {
    assertThat(Carry.between(deit(16), deit(16)).pieces()).hasSize(1);
  }
}
