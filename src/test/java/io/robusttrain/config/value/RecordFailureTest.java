package io.robusttrain.config.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.robusttrain.config.read.ConfigLoader;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A wrong value is refused with its key, its place and what would be right. */
class RecordFailureTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          run.id              | a/b            | expected letters, digits, dots, dashes and underscores, found a/b, or auto
          run.seed            | -1             | -1 must be at least 0
          run.dir             | ''             | expected a text, found ""
          model.num-classes   | 1              | 1 is outside [2, 1000000], or auto
          model.img-size      | 224.5          | expected a whole number, found 224.5
          model.drop-path     | 1              | 1 is outside [0, 1)
          model.patch-drop-rate | 1            | 1 is outside [0, 1)
          model.patch-drop-mode | grid         | expected one of: random, block; found grid
          model.stem-strides  | [1, 3]         | 3 is outside [1, 2], or auto
          model.stem-strides  | []             | expected a list [a, b, ...], found [], or auto
          model.args          | none of them   | expected { argument = value, ... }, found none of them, or none
          model.args          | {depth=3}      | depth has a key of its own: model.depth, or none
          model.args          | {mlp-ratio=3}  | expected timm's argument names, such as mlp_ratio, found mlp-ratio, or none
          model.args          | {mlp_ratio=[[3]]} | expected mlp_ratio = a number, true, false, a word or a list of these, found [3], or none
          model.args          | {mlp_ratio=1/2} | expected mlp_ratio = a number, true, false, a word or a list of these, found 1/2, or none
          model.initial.head  | new            | expected one of: keep, replace; found new
          model.initial.key   | {}             | expected a text, found {}, or auto
          model.normalize     | auto           | expected none, default or { mean = [r, g, b], std = [r, g, b] }, found auto, or none
          model.normalize     | {mean=[0,0,0]} | expected exactly the keys mean and std, found mean, or none
          data.shuffle        | random         | expected one of: auto, full, blocks; found random
          data.cache-memory   | 1 gigabyte     | expected a size in kB, MB, GB, KiB, MiB or GiB, found 1 gigabyte
          data.cache-memory   | a lot          | expected a size such as 256 MB, found a lot
          data.prefetch-steps | null           | needs a value, found null
          data.on-error       | ignore         | expected one of: fail, skip; found ignore
          data.max-skipped    | 1.5            | 1.5 is outside [0, 1]
          data.max-pixels     | 0              | 0 is outside [1, 715827882]
          data.max-encoded-bytes | many        | expected a size such as 256 MB, found many
          data.extra.share    | 1              | 1 is outside [1.0E-6, 1)
          augment.scale       | 0.5            | expected a list of 2, found 0.5
          augment.scale       | [1, 0.08]      | [1,0.08] is not ordered; write [smallest, largest]
          augment.ratio       | [a, b]         | expected a number such as 0.1, 4/255 or 5 %, found a
          augment.hflip       | 50             | 50 is outside [0, 1]
          augment.aa          | randaug | expected RandAugment such as rand-m9-mstd0.5-inc1, or 3a, found randaug, or none
          augment.aa          | rand-m9-m8 | rand-m9-m8 says m twice, or none
          augment.aa          | rand-m12 | rand-m12: magnitude 12 is above the limit of 10; raise it with mmax12, or none
          augment.reprob      | 25 | 25 is outside [0, 1]
          augment.rotation    | 200 | 200 is outside [0, 180]
          augment.reimpl      | torch | expected one of: paper, timm; found torch
          augment.repeats     | 0 | 0 is outside [1, 64]
          attack.eps          | 4              | 4 is outside [0, 1], and pixels lie in [0,1]; did you mean 4/255?
          attack.eps          | NaN            | expected a number such as 0.1, 4/255 or 5 %, found NaN
          attack.eps          | 4/0            | 4/0 is outside [0, 1]
          attack.norm         | l1             | l1 is known to evaluations only, no attack trains in it; write linf or l2
          attack.norm         | l3             | expected one of: linf, l2; found l3
          attack.steps        | 0              | 0 is outside [1, 100000]
          attack.step-size    | 2              | 2 is outside [0, 1], and pixels lie in [0,1]; did you mean 2/255?, or auto
          attack.start        | previuos       | expected one of: random, clean, previous; found previuos
          attack.target       | label          | expected one of: none, random, least-likely; found label
          attack.compat       | timm           | expected one of: none, paper; found timm
          attack.guided.steps | 1              | 1 is outside [2, 100000], or none
          attack.guided.open  | 2              | 2 is outside [-1, 1]
          mixup.alpha         | -1             | -1 is outside [0, 100]
          mixup.prob          | 2              | 2 is outside [0, 1]
          mixup.mode          | elem           | expected one of: batch; found elem
          mixup.off-epoch     | soon           | expected a whole number, found soon, or none
          objective.loss      | mse            | expected one of: ce, bce; found mse
          objective.beta      | -1             | -1 is outside [0, 1000], or auto
          eps-schedule.period | 10 minutes     | expected a number of epochs such as 10 epochs, found 10 minutes
          eps-schedule.type   | [linear]       | expected one of: linear, sine, constant, found ["linear"]
          objective.smoothing | 1              | 1 is outside [0, 1)
          optim.lr            | 0              | 0 is outside (0, 1000]
          optim.betas         | [0.9]          | expected a list of 2, found [0.9]
          optim.layer-decay   | 0              | 0 is outside (0, 1], or none
          optim.freeze        | head           | expected a list [a, b, ...], found head, or none
          lr-schedule.decay-epochs | 0         | 0 is outside [1, 1000000]
          model-ema.decay     | 1              | 1 is outside [0, 1), or none
          swa.start           | 50 %           | expected a number of epochs such as 10 epochs, found 50 %, or none
          amp.dtype           | fp16           | expected one of: bf16; found fp16, or none
          train.epochs        | 0              | 0 is outside [1, 1000000]
          train.max-steps     | many           | expected a whole number, found many, or none
          distribution.engine   | horovod      | expected one of: auto, bigdl, collective; found horovod
          distribution.ports    | [9, 8]       | [9, 8] is not ordered; write [first, last], or auto
          train.keep-epochs   | [0]            | 0 is outside [1, 1000000], or none
          distribution.replicas | node         | expected one of: executor, core, auto; found node
          validation.every    | 0              | 0 is outside [1, 1000000]
          checkpoint.every-time | 10           | expected a time in milliseconds, seconds, minutes, hours or days such as 10 minutes, found 10
          checkpoint.every-time | 2 epochs     | expected a time in milliseconds, seconds, minutes, hours or days such as 10 minutes, found 2 epochs
          checkpoint.every-time | 2 years      | expected a time in milliseconds, seconds, minutes, hours or days such as 10 minutes, found 2 years
          checkpoint.every-time | 400 days     | 400 days is outside [0 seconds, 365 days]
          checkpoint.every-steps | 0           | 0 must be at least 1, or auto
          checkpoint.keep-every | never        | expected a whole number, found never, or auto
          checkpoint.commit   | copy           | expected one of: auto, rename, file; found copy
          run.lease           | 500 ms         | 500 ms is outside [1 second, 1 hour]
          run.lease           | often          | expected a time in milliseconds, seconds, minutes, hours or days such as 10 minutes, found often
          run.allow-changed   | optim.lr       | expected a list [a, b, ...], found optim.lr, or none
          checkpoint.keep     | 0              | 0 is outside [1, 100000]
          recovery.max-attempts | -1           | -1 is outside [0, 1000]
          recovery.wait       | 60             | expected a time in milliseconds, seconds, minutes, hours or days such as 10 minutes, found 60
          recovery.min-executors | 0           | 0 is outside [1, 100000]
          recovery.stall-timeout | 0 seconds   | 0 seconds is outside [1 second, 7 days], or auto
          recovery.grace      | 2 days         | 2 days is outside [1 second, 1 day]
          doctor.action       | ignore         | expected one of: fail, warn, off; found ignore
          doctor.network      | no             | expected one of: auto, off; found no
          guard.max-skipped-steps | -1          | -1 is outside [0, 1000000]
          guard.max-rollbacks | many           | expected a whole number, found many
          guard.probe.every-steps | 0          | 0 must be at least 1, or auto
          guard.probe.steps   | 1              | 1 is outside [2, 100000]
          guard.probe.margin  | 0              | 0 is outside (0, 1]
          guard.probe.action  | ignore         | expected one of: off, warn, stop, rollback; found ignore
          guard.no-learning.action | rollback  | expected one of: off, warn, stop; found rollback
          guard.no-learning.after | soon       | expected a whole number, found soon, or auto
          guard.loss-spike.factor | 0.5        | 0.5 is outside [1, 1000000]
          guard.loss-spike.window | 2          | 2 is outside [3, 100000]
          report.html         | {}             | expected true or false, found {}
          device              | gpu            | expected cpu, cuda or cuda:<index>, found gpu
          """)
  void valueIsRefused(String key, String value, String message) {
    assertThat(problems(key + "=" + value))
        .containsExactly(new Problem("command line", key, message));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          model.img-size=220             | model.img-size: 220 is no multiple of the patch 16; use 208
          model.patch-size=15            | model.patch-size: 224 is no multiple of the patch 15; use 210
          train.micro-batch=48           | train.micro-batch: 512 is no multiple of the micro-batch 48
          distribution.engine=collective distribution.compression=fp16 | distribution.compression: the collective engine sends float32; write compression=none, or engine=bigdl
          amp.fp32-precision=tf32        | amp.fp32-precision: a CPU has no TF32; write fp32-precision=ieee, or device=cuda
          distribution.overlap=true      | distribution.overlap: BigDL exchanges what is complete; write overlap=auto, or engine=collective
          train.epochs=10                | train.epochs: the warm-up of 10 epochs leaves nothing of the 10 epochs; shorten it or train longer
          optim.lr=1e-6                  | optim.lr: 1.0E-5 is above the peak rate optim.lr = 1.0E-6
          augment.crop-padding=224       | augment.crop-padding: 224 is not smaller than the image (224)
          objective.beta=6               | objective.beta: counts for trades, mart and hat, and objective.type is adversarial; write auto
          objective.gamma=1              | objective.gamma: counts for hat, and objective.type is adversarial; write auto
          objective.helper-stretch=2     | objective.helper-stretch: counts for hat, and objective.type is adversarial; write auto
          objective.helper-checkpoint=a  | objective.helper-checkpoint: counts for hat, and objective.type is adversarial; write none
          objective.type=hat             | objective.type: hat needs a model of the same architecture, trained with objective.type = standard: name its file, run or checkpoint in objective.helper-checkpoint
          augment.reprob=0.25 augment.warmup-epochs=111 | augment.warmup-epochs: the augmentation would not reach its strength in 110 epochs
          augment.warmup-epochs=5        | augment.warmup-epochs: there is no strong augmentation to warm up; set augment.aa, augment.reprob or mixup, or write 0
          mixup.off-epoch=5              | mixup.off-epoch: nothing is mixed in any epoch; set mixup.alpha or mixup.cutmix-alpha, or write none
          objective.type=free attack.mode=train | attack.mode: free attacks by the training forward itself; write eval
          objective.type=free mixup.alpha=1 | mixup.alpha: free trains on the same images again, mixing would draw others each time; write 0
          eps-schedule.zero-epochs=110   | eps-schedule.zero-epochs: the attack would stay at radius 0 for all 110 epochs
          model-ema.warmup=true          | model-ema.warmup: there is no moving average to warm up; set model-ema.decay, for instance to 0.9998
          model-ema.decay=0.9 model-ema.start=110 | model-ema.start: the moving average would begin after all 110 epochs
          model-ema.start=5              | model-ema.start: there is no moving average to begin; set model-ema.decay, for instance to 0.9998
          objective.noise=2              | objective.noise: counts for n-fgsm, and objective.type is adversarial; write auto
          objective.lambda=1             | objective.lambda: counts for grad-align, and objective.type is adversarial; write auto
          objective.replays=4            | objective.replays: counts for free, and objective.type is adversarial; write auto
          objective.awp.warmup-epochs=5  | objective.awp.warmup-epochs: needs objective.awp.gamma, which is none
          amp.attack=bf16                | amp.attack: needs amp.dtype = bf16; there is no mixed precision of the attack alone
          swa.start=110                  | swa.start: nothing is left to average between epoch 110 and epoch 110
          swa.end=20                     | swa.end: needs swa.start, which is none
          """)
  void combinationIsRefused(String overrides, String problem) {
    assertThat(problems(overrides.split(" ")))
        .map(Problem::toString)
        .containsExactly("command line: " + problem);
  }

  @Test
  void combinationsOfTwoOwnValuesAreRefused() {
    assertThat(problems("model.embed-dim=100", "model.num-heads=8"))
        .map(Problem::message)
        .containsExactly("8 heads do not divide the width 100");
    assertThat(problems("objective.clean-forward=true", "objective.type=standard"))
        .map(Problem::key)
        .containsExactly("objective.clean-forward");
    assertThat(problems("objective.type=trades", "attack.target=random"))
        .map(Problem::message)
        .containsExactly(
            "needs an attack on labels, which objective.type = trades has not; write none or choose adversarial or mart");
    assertThat(problems("objective.type=trades", "attack.start=clean"))
        .map(Problem::message)
        .containsExactly(
            "the divergence that trades attacks by has no gradient at the clean image; write random");
    assertThat(problems("attack.norm=l2", "attack.eps=-1"))
        .map(Problem::message)
        .map(message -> message.substring(0, 16))
        .containsExactly("-1 is outside [0");
    assertThat(problems("data.extra.path=/drawn", "data.extra.share=0.3"))
        .map(Problem::message)
        .containsExactly(
            "0.3 of a micro-batch of 32 is no whole number of samples beside others; use 10/32");
    assertThat(problems("objective.type=free", "attack.steps=2"))
        .map(Problem::message)
        .containsExactly(
            "free takes one step of its own length: write attack.steps = 1 and attack.step-size = auto; validation.steps sets the steps of validation");
    assertThat(problems("objective.type=free", "objective.awp.gamma=0.01"))
        .map(Problem::key)
        .containsExactly("objective.awp.gamma");
    assertThat(problems("optim.type=sgd", "optim.momentum=0"))
        .map(Problem::message)
        .containsExactly("Nesterov's momentum needs optim.momentum above 0");
  }

  @Test
  void aGuideThatCannotGuideIsRefused() {
    assertThat(guided("attack.steps=2"))
        .isEqualTo(
            "attack.steps: the gap is that between one step and many; write attack.steps = 1, or attack.guided.steps = none");
    assertThat(guided("objective.type=n-fgsm"))
        .isEqualTo(
            "attack.guided.steps: n-fgsm has no attack of more steps; choose another objective.type, or write none");
    assertThat(guided("attack.guided.close=0.2"))
        .isEqualTo(
            "attack.guided.close: the gap would be closed while it is open; write at most attack.guided.open = 0.1");
    assertThat(guided("attack.guided.steps=4 validation.steps=3"))
        .isEqualTo(
            "validation.steps: an epoch that withstands fewer steps than training may take would be kept as the best; write at least attack.guided.steps = 4, or auto for 10");
    assertThat(guided("guard.probe.action=off"))
        .isEqualTo(
            "guard.probe.action: the probe decides how many steps the attack takes; write warn, stop or rollback, or attack.guided.steps = none");
    assertThat(guided("guard.probe.action=stop guard.probe.margin=0.1"))
        .isEqualTo(
            "guard.probe.margin: the guard would end or turn back the run first, at guard.probe.margin = 0.1: write an attack.guided.open below it, or guard.probe.action = warn");
  }

  /** The one problem of a guided attack with something else, which stands last. */
  private static String guided(String overrides) {
    List<Problem> problems = problems(("attack.guided.steps=2 " + overrides).split(" "));
    assertThat(problems).hasSize(1);
    return problems.get(0).key() + ": " + problems.get(0).message();
  }

  @Test
  void aWrongValueDoesNotMakeOthersLookInconsistent() {
    assertThat(problems("train.epochs=ten", "lr-schedule.warmup-epochs=500"))
        .map(Problem::key)
        .containsExactly("train.epochs");
  }

  private static List<Problem> problems(String... overrides) {
    ConfigException failure =
        catchThrowableOfType(
            ConfigException.class, () -> ConfigLoader.load(List.of(), List.of(overrides)));
    assertThat(failure).as(String.join(" ", overrides)).isNotNull();
    return failure.problems();
  }
}
