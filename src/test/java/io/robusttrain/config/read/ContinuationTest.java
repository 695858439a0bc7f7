package io.robusttrain.config.read;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What may change when a run goes on. */
class ContinuationTest {
  private static final String BEFORE = ConfigRenderer.render(ConfigLoader.defaults());

  @Test
  void theSameConfigurationGoesOnAndSoDoesOneThatLacksNewKeys() {
    assertThat(Continuation.refused(BEFORE, ConfigLoader.defaults())).isEmpty();
    assertThat(Continuation.refused("", ConfigLoader.defaults())).isEmpty();
  }

  @Test
  void whereAndHowTheRunIsSpreadMayChange() {
    assertThat(
            refused(
                "run.id=other",
                "run.dir=elsewhere",
                "data.decode-threads=3",
                "data.cache-memory=1 GB",
                "distribution.executors=4",
                "distribution.replicas=core",
                "checkpoint.every-time=1 hour",
                "checkpoint.keep=7",
                "guard.max-rollbacks=0",
                "report.html=false",
                "train.max-steps=10"))
        .isEmpty();
  }

  @Test
  void whatDecidesTheResultMayNot() {
    assertThat(refused("optim.lr=1e-4", "train.epochs=90", "distribution.compression=fp16"))
        .containsExactly(
            new Continuation.Change("distribution.compression", "\"none\"", "\"fp16\""),
            new Continuation.Change("optim.lr", "5.0E-4", "1.0E-4"),
            new Continuation.Change("train.epochs", "\"100 epochs\"", "\"90 epochs\""));
  }

  @Test
  void keysAndGroupsAreAllowedByName() {
    assertThat(refused("optim.lr=1e-4", "run.allow-changed=[optim.lr]")).isEmpty();
    assertThat(refused("optim.lr=1e-4", "optim.weight-decay=0", "run.allow-changed=[optim, \"x\"]"))
        .isEmpty();
    assertThat(refused("optim.lr=1e-4", "run.allow-changed=[optim.l]")).hasSize(1);
  }

  @Test
  void aGroupThatWasAWordIsComparedKeyByKey() {
    assertThat(refused("model.args={mlp_ratio = 3}"))
        .extracting(Continuation.Change::key)
        .contains("model.args.mlp_ratio");
  }

  @Test
  void theProblemNamesBothValuesAndTheRemedies() {
    assertThat(refused("optim.lr=1e-4").get(0).problem("runs/a/checkpoints/epoch-0001").toString())
        .isEqualTo(
            "configuration: optim.lr: is 1.0E-4, but runs/a/checkpoints/epoch-0001 was written with 5.0E-4: take the change back, use another run id, or allow it with run.allow-changed=[optim.lr]");
  }

  private static List<Continuation.Change> refused(String... overrides) {
    return Continuation.refused(BEFORE, ConfigLoader.load(List.of(), List.of(overrides)));
  }
}
