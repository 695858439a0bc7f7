/**
 * What a program, a notebook or a shell uses: prepare, train, load, predict, attack, evaluate,
 * analyse. A dozen classes at most are public, and stay as they are; everything that goes wrong is
 * a {@link io.robusttrain.api.RobustTrainException}. {@code RobustTrain} of the command line goes
 * through it; the other launchers start their work in the same places below it.
 *
 * <pre>{@code
 * SparkSession spark = RobustTrain.session();
 * TrainedRun run = RobustTrain.on(spark).config("conf/quickstart.conf").set("train.epochs", 2).run();
 * try (Model model = run.best()) {
 *   Images images = Images.read("data/synthetic", "validation").sample(32, 0);
 *   Attacks.Result found = Attacks.pgd(Threat.linf("4/255"), 10).on(model, images);
 *   System.out.println(found.robustAccuracy());
 *   Files.write(Path.of("found.png"), found.images().toPng());
 * }
 * }</pre>
 *
 * <p>In: Paths, keys, images. Out: Runs, answers, adversarial images, tables.
 *
 * <p>Imports {@code analysis}, {@code app}, {@code app.analyze}, {@code app.eval}, {@code
 * app.launch}, {@code app.prep}, {@code attack}, {@code attack.catalog}, {@code attack.pgd}, {@code
 * base}, {@code checkpoint.card}, {@code config}, {@code config.read}, {@code config.value}, {@code
 * data}, {@code data.image}, {@code data.load}, {@code data.prep}, {@code data.prep.source}, {@code
 * data.shard}, {@code data.transform}, {@code evaluate.plan}, {@code evaluate.result}, {@code
 * evaluate.run}, {@code model}, {@code model.family}, {@code report}, {@code report.view}, {@code
 * run}, {@code storage}, {@code tensor}, {@code train.plan}, {@code train.recovery}.
 */
package io.robusttrain.api;
