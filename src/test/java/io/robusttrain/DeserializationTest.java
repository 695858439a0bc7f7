package io.robusttrain;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import java.util.Set;
import org.apache.commons.lang3.SerializationUtils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Nothing of ours makes objects of bytes that somebody else may have written: no Java
 * deserialisation, no Kryo, no pickle machine but our own, no YAML, no XML, no TorchScript. What
 * Spark and BigDL send between driver and executors is theirs; docs/security.md says who may send.
 */
class DeserializationTest {
  /** A round trip of the job's own optimiser, so that replicas do not share it. */
  private static final String CLONES_ITS_OWN = "io.robusttrain.train.worker.ReplicaWorker";

  private static JavaClasses classes;

  @BeforeAll
  static void importClasses() {
    classes = new ClassFileImporter().importPath(Path.of("target", "classes"));
  }

  @Test
  void noClassReadsObjects() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveNameMatching(
            "java\\.io\\.ObjectInput(Stream)?|java\\.io\\.Externalizable|java\\.beans\\.XMLDecoder")
        .orShould()
        .dependOnClassesThat(
            resideInAnyPackage(
                "com.esotericsoftware..",
                "net.razorvine..",
                "org.yaml..",
                "com.fasterxml.jackson.dataformat.yaml..",
                "javax.naming..",
                "java.rmi..",
                "javax.xml..",
                "org.xml.."))
        .check(classes);
  }

  @Test
  void onlyTheReplicaClonesAndNothingElseUsesSerializationUtils() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(CLONES_ITS_OWN)
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName(SerializationUtils.class.getName())
        .check(classes);
    noClasses()
        .should()
        .callMethodWhere(
            method(
                "SerializationUtils other than clone", SerializationUtils.class.getName(), "clone"))
        .check(classes);
  }

  @Test
  void libtorchReadsNoArchives() {
    Set<String> forbidden = Set.of("pickle_load", "import_ir_module", "load", "pickle_load_obj");
    noClasses()
        .should()
        .callMethodWhere(
            new DescribedPredicate<JavaMethodCall>("a reader of libtorch") {
              @Override
              public boolean test(JavaMethodCall call) {
                AccessTarget.MethodCallTarget target = call.getTarget();
                return target.getOwner().getPackageName().startsWith("org.bytedeco.pytorch")
                    && forbidden.contains(target.getName());
              }
            })
        .check(classes);
  }

  @Test
  void jsonNamesNoTypes() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.fasterxml.jackson.databind.jsontype..")
        .orShould()
        .callMethod(ObjectMapper.class, "enableDefaultTyping")
        .check(classes);
  }

  /** A call of a method of a class that has another name than this. */
  private static DescribedPredicate<JavaMethodCall> method(
      String description, String owner, String allowed) {
    return new DescribedPredicate<>(description) {
      @Override
      public boolean test(JavaMethodCall call) {
        return call.getTargetOwner().getName().equals(owner) && !call.getName().equals(allowed);
      }
    };
  }
}
